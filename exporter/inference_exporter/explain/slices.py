"""The slices of a window: which are worse than the rest, and whether groups are treated alike."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..config.schema import ModelConfig
from ..measures.slices import Fairness, Rates, Z, excess, fairness, holm, rates
from ..model.slices import SliceTotals, SliceTraffic
from ..model.view import ModelView, WindowView
from ..values.categories import category_text

SHOWN = 5
SIGNIFICANCE = 0.01
"""Of a window's worst slices together: the probability that one of them is none, at one look."""


@dataclass(frozen=True)
class WorstSlice:
    """A slice with a greater loss than the rest: of classes the share of errors, of numbers the mean absolute error."""

    column: str
    value: str
    outcomes: int
    loss: float
    excess: float
    """Mean loss minus that of the rest."""
    lower: float
    """Lower limit of its 95 % interval."""
    upper: float
    pvalue: float
    """Corrected for the number of slices compared."""


def worst_slices(view: ModelView, window: WindowView) -> list[WorstSlice]:
    """Return the slices that are certainly worse than the rest of their column, the worst first."""
    if window.slices is None:
        return []
    own = {totals.name for totals in window.slices.totals}
    # A configured slice is not searched again: it would count twice in the correction.
    columns = [*window.slices.totals, *(each for each in window.slices.searched if each.name not in own)]
    minimum = view.config.worst_slices.minimum_outcomes
    found = [slice_ for totals in columns for slice_ in _compared(totals, minimum)]
    # Over all slices of all columns: the worst of many is bad by chance.
    corrected = holm(np.array([each.pvalue for each in found]))
    certain = [
        replace(each, pvalue=float(pvalue))
        for each, pvalue in zip(found, corrected, strict=True)
        if pvalue <= SIGNIFICANCE
    ]
    return sorted(certain, key=lambda each: -each.excess)[:SHOWN]


def _compared(totals: SliceTotals, minimum: int) -> list[WorstSlice]:
    found = excess(totals.n, totals.loss, totals.squared_loss, minimum)
    return [
        WorstSlice(
            totals.name, totals.labels[place], int(totals.n[place]), float(totals.loss[place] / totals.n[place]),
            difference, difference - Z * error, difference + Z * error, pvalue,
        )
        for place, (difference, error, pvalue) in enumerate(zip(*(part.tolist() for part in found), strict=True))
        if pvalue == pvalue  # NaN: too few outcomes
    ]  # fmt: skip


@dataclass(frozen=True, eq=False)
class GroupFairness:
    """The groups of one sensitive column; each array has one value a group."""

    column: str
    groups: tuple[str, ...]
    privileged: int
    rates: Rates
    fairness: Fairness


def fairness_of(view: ModelView, window: WindowView) -> list[GroupFairness]:
    """Return the fairness of each sensitive column; empty unless a favourable class is configured."""
    config = view.config
    if window.slices is None or config.fairness.favourable is None:
        return []
    totals = {each.name: each for each in window.slices.totals}
    sensitive = [each for each in window.slices.traffic if config.slices[each.name].sensitive]
    return [_fairness(config, each, totals.get(each.name)) for each in sensitive]


def _fairness(config: ModelConfig, traffic: SliceTraffic, totals: SliceTotals | None) -> GroupFairness:
    favourable = category_text(config.fairness.favourable) or ""
    place, confusion = 0, np.zeros((len(traffic.labels), 1, 1))
    if totals is not None and favourable in totals.classes:
        place, confusion = totals.classes.index(favourable), totals.confusion
    predicted, favoured = traffic.predicted.astype(np.float64), traffic.favoured.astype(np.float64)
    found = rates(predicted, favoured, confusion, place, config.fairness.minimum_samples)
    privileged = _privileged(config.slices[traffic.name].privileged, traffic)
    return GroupFairness(traffic.name, traffic.labels, privileged, found, fairness(found, privileged))


def _privileged(wanted: str | None, traffic: SliceTraffic) -> int:
    """Return the configured group, or else the largest."""
    name = category_text(wanted) if wanted is not None else None
    labels: Sequence[str] = traffic.labels
    # The largest, so that differences are measured against the majority if nobody says otherwise.
    return labels.index(name) if name in labels else int(traffic.samples.argmax())
