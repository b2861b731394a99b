"""Shape: a column's counts as bars that people can read.

The measures use quantiles of the reference, over which every reference is flat.
The picture shows the distribution itself: the fine cells are redistributed over
equal steps of the value between the reference's first and last percentile, and
one bar on either side holds the values beyond.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..arrays import Cells, Counts, Floats
from ..reference.buckets import CategoricalBuckets, NumericBuckets
from ..reference.reference import ColumnReference

# Bars of 10 of the picture's 300 units: narrower ones blur on a phone.
STEPS = 30
DISTINCT_AT_MOST = 12  # up to this many distinct values get a bar each, however rare
TAIL = 0.01  # share of the reference on either side that one bar holds
# A row of 17 units is the least in which text and bar are legible.
ROWS = 7
# Half a unit of the picture's height.
NOTABLE_SHARE = 0.005
# Whole numbers with a few halves among them are still whole numbers to a reader.
MOSTLY = 0.9
GRID_AT_MOST = 10_000
END_DIGITS = 4  # of the span, to which the ends of an axis are rounded
LARGEST = np.finfo(np.float64).max  # the last cut lies just above the greatest value, which may be this one


@dataclass(frozen=True)
class Bar:
    """A share of the reference and of the window (NaN if the window is empty), with a label."""

    label: str
    reference: float
    window: float

    @property
    def notable(self) -> bool:
        """Whether it is high enough to be visible."""
        return self.reference >= NOTABLE_SHARE or self.window >= NOTABLE_SHARE


@dataclass(frozen=True)
class NumericShape:
    """Equal steps between `edges`, with one bar each for values below, above, and not a number."""

    edges: tuple[float, ...]
    steps: tuple[Bar, ...]
    ends: tuple[float, float]
    """The least and the greatest value between the edges."""
    below: Bar
    above: Bar
    others: tuple[Bar, ...]
    few_values: bool
    """Each step stands for one value; the edges are only indices."""


@dataclass(frozen=True)
class CategoricalShape:
    """The most frequent categories, and the sum of the rest."""

    bars: tuple[Bar, ...]


Shape = NumericShape | CategoricalShape


def shape_of(column: ColumnReference, window: Counts) -> Shape:
    """Return the shape of a column; `window` holds the counts of its cells."""
    if isinstance(column.buckets, CategoricalBuckets):
        return _categorical(column.buckets, _shares(column.counts), _shares(window))
    return _numeric(column, column.buckets, _shares(column.counts), _shares(window))


def _shares(counts: Counts) -> Floats:
    with np.errstate(invalid="ignore"):
        return np.asarray(counts / counts.sum())


def _categorical(buckets: CategoricalBuckets, reference: Floats, window: Floats) -> CategoricalShape:
    known = len(buckets.categories)
    labels = ("never seen before", "not a category", "missing")
    special = [Bar(label, float(reference[i]), float(window[i])) for i, label in enumerate(labels, known + 1)]
    # Faulty values are shown only where they matter: most columns have none.
    special = [bar for bar in special if bar.notable]
    # By the larger of both: a category that has come up, or gone, must not hide in the rest.
    either = np.maximum(reference[:known], np.nan_to_num(window[:known]))
    order = np.argsort(-either, kind="stable").tolist()
    room = ROWS - len(special)
    # Show a single remaining category instead of "other".
    shown = order if known <= room and not buckets.others else order[: room - 1]
    rest = [*order[len(shown) :], known]
    other = Bar("other categories", float(reference[rest].sum()), float(window[rest].sum()))
    # In the reference's order, so that bars stay in place from refresh to refresh.
    named = [Bar(buckets.categories[i], float(reference[i]), float(window[i])) for i in sorted(shown)]
    return CategoricalShape((*named, *([other] if len(shown) < known or other.notable else []), *special))


def _numeric(column: ColumnReference, buckets: NumericBuckets, reference: Floats, window: Floats) -> NumericShape:
    special = (Bar("not a number", float(reference[-2]), float(window[-2])),
               Bar("missing", float(reference[-1]), float(window[-1])))  # fmt: skip
    others = tuple(bar for bar in special if bar.notable)
    below = [np.cumsum(shares[: len(buckets.cuts)]) for shares in (reference, window)]
    if len(buckets.cuts) < 2:
        nothing = Bar("", 0.0, 0.0)
        return NumericShape((), (), (0.0, 0.0), nothing, nothing, others, False)
    with np.errstate(over="ignore", invalid="ignore"):  # between cuts of 1e308 a slope may be infinite
        edges, ends, few_values, (p, q) = _layout(column, buckets, *below)
    return NumericShape(
        edges=tuple(edges.tolist()),
        steps=tuple(Bar("", *pair) for pair in zip(np.diff(p).tolist(), np.diff(q).tolist(), strict=True)),
        ends=ends,
        below=Bar("below", float(p[0]), float(q[0])),
        above=Bar("above", float(reference[:-2].sum() - p[-1]), float(window[:-2].sum() - q[-1])),
        others=others,
        few_values=few_values,
    )


def _is_discrete(column: ColumnReference) -> bool:
    """Return whether nearly all of the reference's values lie on cuts, as whole numbers do."""
    inside = column.counts[1 : len(column.atoms) + 1]
    return bool((column.atoms * inside).sum() >= MOSTLY * inside.sum())


class _Layout(NamedTuple):
    edges: Floats
    ends: tuple[float, float]
    few_values: bool
    shares_below: tuple[Floats, Floats]
    """Cumulative shares of the reference and of the window at each edge."""


def _layout(column: ColumnReference, buckets: NumericBuckets, reference_below: Floats, window_below: Floats) -> _Layout:
    """Return steps by single values, by equal groups of values, or equal steps of a density, whichever suits."""
    cuts, points = np.minimum(buckets.cuts, LARGEST), column.cut_points
    if not _is_discrete(column):
        return _by_range(cuts, reference_below, window_below)
    # A cut between two values, such as a median, is not a value itself.
    values = np.flatnonzero(np.diff(reference_below) > 0)
    kept = values
    if len(values) > DISTINCT_AT_MOST:
        whole, through, before = reference_below[-1], reference_below[values + 1], reference_below[values]
        kept = values[(through > TAIL * whole) & (before < (1 - TAIL) * whole)]
    if len(kept) <= DISTINCT_AT_MOST:
        beyond = values[values > kept[-1]]
        starts = np.append(kept, beyond[:1] if len(beyond) else len(cuts) - 1)
        return _by_value(points, starts, reference_below, window_below)
    number = _number_of_even_steps(points[kept])
    if number is None:
        return _by_range(cuts, reference_below, window_below)
    return _by_group(points, points[kept], number, reference_below, window_below)


def _by_value(points: Floats, starts: Cells, reference_below: Floats, window_below: Floats) -> _Layout:
    """Lay out a few values side by side, whatever their distance; `starts` are their cuts and the end."""
    ends = _readable(float(points[starts[0]]), float(points[starts[-2]]))
    return _Layout(
        np.arange(len(starts), dtype=np.float64), ends, True, (reference_below[starts], window_below[starts])
    )


def _number_of_even_steps(values: Floats) -> int | None:
    """Return how many values fit if all were as close as the closest two; None if far too many."""
    # Halved so that no difference is infinite; plain floats because their product may be.
    span, closest = float(values[-1] / 2 - values[0] / 2), float(np.diff(values / 2).min())
    return round(span / closest) + 1 if span <= closest * GRID_AT_MOST else None


def _by_group(points: Floats, values: Floats, number: int, reference_below: Floats, window_below: Floats) -> _Layout:
    """Lay out values on a grid: each step holds equally many, else some bars would be higher for no reason."""
    together = -(-number // STEPS)
    spacing = 2 * ((values[-1] / 2 - values[0] / 2) / (number - 1))
    edges = values[0] + spacing * (together * np.arange(-(-number // together) + 1) - 0.5)
    reached = np.searchsorted(points[:-1], edges, side="left")
    ends = _readable(float(values[0]), float(values[-1]))
    return _Layout(edges, ends, False, (reference_below[reached], window_below[reached]))


def _by_range(cuts: Floats, reference_below: Floats, window_below: Floats) -> _Layout:
    """Lay out a density, assuming uniform values within a cell."""
    whole = reference_below[-1]
    low, high = np.interp([TAIL * whole, (1 - TAIL) * whole], reference_below, cuts)
    if not -LARGEST <= low < high <= LARGEST:
        low, high = cuts[0], cuts[-1]
    along = np.linspace(0.0, 1.0, STEPS + 1)
    edges = low * (1 - along) + high * along  # the difference of two large numbers may be infinite
    below = _shares_below(edges, cuts, reference_below), _shares_below(edges, cuts, window_below)
    return _Layout(edges, (float(low), float(high)), False, below)


def _shares_below(edges: Floats, cuts: Floats, below: Floats) -> Floats:
    """Return the share below each edge: interpolated, or that of the cut before where a cell has no finite slope."""
    size = max(abs(cuts[0]), abs(cuts[-1]))  # so that cuts of 1e308 and of 1e-308 have slopes as any others
    found = np.interp(edges / size, cuts / size, below)
    cut_before = np.maximum(np.searchsorted(cuts, edges, side="right") - 1, 0)
    return np.where(np.isfinite(found), found, below[cut_before])


def _readable(first: float, last: float) -> tuple[float, float]:
    """Return the ends of an axis as people read them: cuts lie just next to the values that they separate."""
    span = last - first
    if not 0 < span < math.inf:
        return first, last
    digits = END_DIGITS - math.floor(math.log10(span))
    return round(first, digits) + 0.0, round(last, digits) + 0.0  # never -0
