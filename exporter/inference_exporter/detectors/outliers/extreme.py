"""Extreme: one outlier described for people: how unusual it is, and which features make it so."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ...arrays import Cells, Column, Floats
from ...reference.grid import Grid, Located
from ...samples.batch import Batch
from .dependence import contributions
from .scorer import Scorer

FEATURES_SHOWN = 5
TEXT_LENGTH_AT_MOST = 100

Why = Literal["surprise", "greatest", "dependence"]


@dataclass(frozen=True)
class ContributingFeature:
    """A feature of an outlier: its share of the score, and its range (lower <= value < upper) or category.

    The share is negative for a feature that makes the sample less unusual. `value` is empty unless values are kept.
    """

    feature: str
    share: float
    lower: float | None
    upper: float | None
    category: str
    value: str


@dataclass(frozen=True)
class Outlier:
    """One sample that is unlike the reference.

    `why` is greatest if a single value is very rare, otherwise the rarest score:
    surprise (values that are rare taken together) or dependence (values that do
    not go together). `p_value` combines all scores.
    """

    time: float
    id: str
    p_value: float
    why: Why
    score: float
    features: tuple[ContributingFeature, ...]


def describe(
    scorer: Scorer, batch: Batch, located: Located, row: int, why: Why, score: float, p_value: float, values: str
) -> Outlier:
    """Return the description of one sample; its time is not known yet."""
    indices, parts = _parts(scorer, located, row, why)
    total = float(parts.sum()) or 1.0
    order = np.argsort(-parts, kind="stable")[:FEATURES_SHOWN].tolist()
    shown = [
        _feature(scorer.grid, batch, located, int(indices[place]), row, float(parts[place]) / total, values)
        for place in order
        if parts[place] > 0
    ]
    name = None if batch.ids is None else batch.ids[row]
    # The monitor's clock places samples under its lock; a description is made before.
    return Outlier(np.nan, name or "", p_value, why, score, tuple(shown))


def _parts(scorer: Scorer, located: Located, row: int, why: Why) -> tuple[Cells, Floats]:
    """Return columns of the grid and the contribution of each to the score."""
    if why == "dependence" and scorer.whiten is not None:
        scores = scorer.normal_scores_of(located, slice(row, row + 1))[:, 0].astype(np.float64)
        return scorer.numeric, contributions(scorer.whiten, scores)
    return scorer.features, scorer.surprises_of(located, row)


def _feature(
    grid: Grid, batch: Batch, located: Located, index: int, row: int, share: float, values: str
) -> ContributingFeature:
    column = grid.columns[index]
    cell = int(located.cells[index, row] - grid.starts[index])
    place = int(np.searchsorted(column.buckets.fold_starts, cell, side="right")) - 1
    bounds = column.buckets.bounds[place]
    kept = values == "all" or (values == "numeric" and column.numeric)
    shown = _shown(batch.features, column.name, row) if kept else ""
    return ContributingFeature(column.name, share, *bounds.ends, bounds.category, shown)


def _shown(features: Mapping[str, Column], name: str, row: int) -> str:
    column = features.get(name)
    value = None if column is None else column[row]
    return "" if value is None else str(value)[:TEXT_LENGTH_AT_MOST]
