"""Shape: a column's counts as bars that a person can read.

The measures work on quantiles of the reference, over which every reference is
flat. A picture shows the distribution itself: the fine cells are laid out anew
over even steps of the value, between the reference's first and last
percentile. What lies beyond is one bar on either side.
"""

from dataclasses import dataclass

import numpy as np

from ..batch import Floats
from ..buckets import CategoricalBuckets, NumericBuckets
from ..reference import ColumnReference
from ..windows import Counts

STEPS = 30
DISTINCT_AT_MOST = 12  # as many different values have a bar each, however rare
TAIL = 0.01  # share of the reference on either side that is drawn as one bar
ROWS = 7
NOTABLE_SHARE = 0.005
MOSTLY = 0.9


@dataclass(frozen=True)
class Bar:
    """A share of the reference and of the window (NaN where that is empty), and what they are a share of."""

    label: str
    reference: float
    window: float

    @property
    def notable(self) -> bool:
        """Whether it is high enough to be seen."""
        return self.reference >= NOTABLE_SHARE or self.window >= NOTABLE_SHARE


@dataclass(frozen=True)
class NumericShape:
    """Even steps between `edges`, with a bar each for what lies below, above, and for values that are no number."""

    edges: tuple[float, ...]
    steps: tuple[Bar, ...]
    below: Bar
    above: Bar
    others: tuple[Bar, ...]
    few_values: bool
    """Each step stands for one value, in its middle."""


@dataclass(frozen=True)
class CategoricalShape:
    """The most frequent categories, and what the rest adds up to."""

    bars: tuple[Bar, ...]


Shape = NumericShape | CategoricalShape


def shape_of(column: ColumnReference, window: Counts) -> Shape:
    """Return the shape of a column; `window` holds the counts of its own cells."""
    if isinstance(column.buckets, CategoricalBuckets):
        return _categorical(column.buckets, _shares(column.counts), _shares(window))
    return _numeric(column, column.buckets, _shares(column.counts), _shares(window))


def _shares(counts: Counts) -> Floats:
    with np.errstate(invalid="ignore"):
        return np.asarray(counts / counts.sum())


def _categorical(buckets: CategoricalBuckets, reference: Floats, window: Floats) -> CategoricalShape:
    known = len(buckets.categories)
    labels = ("never seen before", "no category", "missing")
    special = [Bar(label, float(reference[i]), float(window[i])) for i, label in enumerate(labels, known + 1)]
    special = [bar for bar in special if bar.notable]
    either = np.maximum(reference[:known], np.nan_to_num(window[:known]))
    order = np.argsort(-either, kind="stable").tolist()
    room = ROWS - len(special)
    # A single category is better shown than called "other".
    shown = order if known <= room and not buckets.others else order[: room - 1]
    rest = [*order[len(shown) :], known]
    other = Bar("other categories", float(reference[rest].sum()), float(window[rest].sum()))
    named = [Bar(buckets.categories[i], float(reference[i]), float(window[i])) for i in sorted(shown)]
    return CategoricalShape((*named, *([other] if len(shown) < known or other.notable else []), *special))


def _numeric(column: ColumnReference, buckets: NumericBuckets, reference: Floats, window: Floats) -> NumericShape:
    special = (Bar("no number", float(reference[-2]), float(window[-2])),
               Bar("missing", float(reference[-1]), float(window[-1])))  # fmt: skip
    others = tuple(bar for bar in special if bar.notable)
    if len(buckets.cuts) < 2:
        nothing = Bar("", 0.0, 0.0)
        return NumericShape((), (), nothing, nothing, others, False)
    layout = _ByValue(buckets.cuts) if _is_discrete(column) else _ByRange(buckets.cuts)
    edges = layout.edges(_shares_below_cuts(reference, buckets))
    p, q = (layout.shares_below(edges, _shares_below_cuts(shares, buckets)) for shares in (reference, window))
    return NumericShape(
        edges=tuple(edges.tolist()),
        steps=tuple(Bar("", *pair) for pair in zip(np.diff(p).tolist(), np.diff(q).tolist(), strict=True)),
        below=Bar("below", float(p[0]), float(q[0])),
        above=Bar("above", float(reference[:-2].sum() - p[-1]), float(window[:-2].sum() - q[-1])),
        others=others,
        few_values=isinstance(layout, _ByValue) and len(buckets.cuts) - 1 <= DISTINCT_AT_MOST,
    )


def _shares_below_cuts(shares: Floats, buckets: NumericBuckets) -> Floats:
    return np.cumsum(shares[: len(buckets.cuts)])


def _is_discrete(column: ColumnReference) -> bool:
    """Tell whether nearly all of the reference's values lie on the cuts themselves, as whole numbers do."""
    inside = column.counts[1 : len(column.atoms) + 1]
    return bool((column.atoms * inside).sum() >= MOSTLY * inside.sum())


@dataclass(frozen=True)
class _ByRange:
    """Steps of a density."""

    cuts: Floats

    def edges(self, below: Floats) -> Floats:
        """Return the edges of the steps for a reference, ascending, shape (STEPS + 1,)."""
        low, high = np.interp([TAIL * below[-1], (1 - TAIL) * below[-1]], below, self.cuts)
        if not low < high:
            low, high = self.cuts[0], self.cuts[-1]
        return np.linspace(low, high, STEPS + 1)

    def shares_below(self, edges: Floats, below: Floats) -> Floats:
        """Return the share below each edge; inside a cell values are taken to lie evenly."""
        return np.asarray(np.interp(edges, self.cuts, below))


@dataclass(frozen=True)
class _ByValue:
    """Steps of values that repeat: each holds the same number of them, else some bars would be higher for no reason."""

    cuts: Floats

    def edges(self, below: Floats) -> Floats:
        """Return edges that lie between the values, ascending."""
        values = self.cuts[:-1]
        if len(values) > DISTINCT_AT_MOST:
            values = values[(below[1:] > TAIL * below[-1]) & (below[:-1] < (1 - TAIL) * below[-1])]
        spacing = float(np.diff(values).min()) if len(values) > 1 else abs(float(values[0])) / 10 or 1.0
        number = round(float(values[-1] - values[0]) / spacing) + 1
        together = -(-number // STEPS)
        return np.asarray(values[0] + spacing * (together * np.arange(-(-number // together) + 1) - 0.5))

    def shares_below(self, edges: Floats, below: Floats) -> Floats:
        """Return the share below each edge, exact where the values lie on the cuts."""
        return np.asarray(below[np.searchsorted(self.cuts[:-1], edges, side="left")])
