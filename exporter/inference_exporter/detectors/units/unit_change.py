"""Changes of unit: which map of a table takes the reference to the window, judged by counts.

Each map moves a few quantiles of the reference to where they would be in the
window after such a change of unit. All these edges of one feature, in order,
cut the line into cells, and a window's counts over these cells give its share
in each map's buckets exactly: counts can be merged, and no values are kept. A
map is reported if the window fits it as well as a clean window fits, but fits
neither the reference as it is nor any other map.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...arrays import Cells, Floats
from ...measures.special_functions import chdtrc
from ...reference.buckets import NumericBuckets
from ...reference.reference import ColumnReference

SHARES = (0.125, 0.375, 0.625, 0.875)  # of the reference below the inner edges
N_EDGES = len(SHARES) + 2  # with the ends of its range
NUDGE = 1e-9  # relative distance of an edge below a value, so that rounding cannot carry the value across
LEAST_SAMPLES = 50
FITTING_PVALUE = 1e-3  # a clean window fits worse than this once in a thousand looks, and is then not reported
TIMES_BETTER = 20.0  # than any other map
SURELY_NOT = 1e-9
OUTSIDE_AT_MOST = 0.05
LEAST_DISTANCE = 0.3  # total variation; a change of unit is never small
# Factors near 1, and offsets smaller than the spread, also occur in the world (prices that doubled): then the window
# must pin the change to 1 %, so that it would not fit one that is 6 % off.
NEAR_FACTOR = 5.0
FAR_OFFSET = 2.0
NEAR_PRECISION, FAR_PRECISION = 0.01, 0.3
LEAST_BUCKETS = 4  # a column of two or three values fits too many maps


@dataclass(frozen=True)
class UnitMap:
    """The change of a value x: factor * x + offset."""

    name: str
    factor: float
    offset: float = 0.0


UNITS = (
    UnitMap("x10", 10), UnitMap("x100", 100), UnitMap("x1000", 1000),
    UnitMap("x0.1", 0.1), UnitMap("x0.01", 0.01), UnitMap("x0.001", 0.001),
    UnitMap("celsius_to_fahrenheit", 1.8, 32), UnitMap("fahrenheit_to_celsius", 1 / 1.8, -32 / 1.8),
    UnitMap("celsius_to_kelvin", 1, 273.15), UnitMap("kelvin_to_celsius", 1, -273.15),
    UnitMap("fahrenheit_to_kelvin", 1 / 1.8, 273.15 - 32 / 1.8),
    UnitMap("kelvin_to_fahrenheit", 1.8, 32 - 273.15 * 1.8),
    UnitMap("inch_to_centimetre", 2.54), UnitMap("centimetre_to_inch", 1 / 2.54),
    UnitMap("pound_to_kilogram", 0.45359237), UnitMap("kilogram_to_pound", 1 / 0.45359237),
    UnitMap("mile_to_kilometre", 1.609344), UnitMap("kilometre_to_mile", 1 / 1.609344),
    UnitMap("foot_to_metre", 0.3048), UnitMap("metre_to_foot", 1 / 0.3048),
)  # fmt: skip
MAPS = (UnitMap("same", 1), *UNITS)
N_CELLS = len(MAPS) * N_EDGES + 1


@dataclass(frozen=True, eq=False)
class UnitCells:
    """The cells of one feature.

    `edges` ascend, shape (N_CELLS - 1,); `order` are their places among the
    edges of all maps, shape (n_maps, N_EDGES), so that ``below[order]`` are those
    of each map. `shares` is the reference below each edge of a map, shape (N_EDGES,).
    """

    edges: Floats
    order: Cells
    shares: Floats
    samples: int
    median: float
    quartile_range: float
    lattice: bool
    """Whether most values are few and spaced, like whole numbers: then similar maps fit equally well."""


def unit_cells(column: ColumnReference) -> UnitCells | None:
    """Return the cells of a numeric column; None if its values cannot reveal a unit."""
    buckets = column.buckets
    if not isinstance(buckets, NumericBuckets) or len(buckets.cuts) < 3 or not column.stddev > 0:
        return None
    cuts, counts = buckets.cuts, column.counts[: len(buckets.cuts)]
    samples = int(column.counts[: buckets.n_ranges].sum())
    below = np.cumsum(counts) / samples  # below each cut
    inner = [int(np.abs(below[1:-1] - share).argmin()) + 1 for share in SHARES]
    places = [0, *inner, len(cuts) - 1]
    if len(set(places)) < LEAST_BUCKETS + 1:
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        edges = _nudged(cuts, NUDGE * max(column.stddev, abs(column.mean)))[places]
        mapped = np.array([each.factor * edges + each.offset for each in MAPS])
    if not np.isfinite(mapped).all():
        return None
    flat = mapped.ravel()
    ranks = np.argsort(flat, kind="stable")
    order = np.empty(len(flat), dtype=np.intp)
    order[ranks] = np.arange(len(flat))
    low, median, high = (float(cuts[np.abs(below - share).argmin()]) for share in (0.25, 0.5, 0.75))
    return UnitCells(
        flat[ranks], order.reshape(mapped.shape), below[places], samples, median, high - low, _on_lattice(column)
    )


def _on_lattice(column: ColumnReference) -> bool:
    inside = column.counts[1 : 1 + len(column.atoms)]
    return bool((inside * column.atoms).sum() > 0.5 * inside.sum())


def _nudged(cuts: Floats, nudge: float) -> Floats:
    """Return cuts moved off the values that they lie on, or just after."""
    just_after = np.append(False, cuts[1:] == np.nextafter(cuts[:-1], np.inf))
    just_after[-1] = True
    return np.asarray(cuts + np.where(just_after, nudge, -nudge))


@dataclass(frozen=True)
class UnitChange:
    """The map that a window was found to have gone through."""

    unit: str
    factor: float
    offset: float


def suspects(cells: Sequence[UnitCells], counts: NDArray[np.integer]) -> NDArray[np.intp]:
    """Return the features that are far enough from their reference to look for a change of unit.

    Usually there are none; all features are checked at once.
    """
    if not cells:
        return np.array([], dtype=np.intp)
    same = np.array([each.order[0] for each in cells])
    shares = np.diff(np.array([each.shares for each in cells]), prepend=0.0, append=1.0)
    n = counts.sum(axis=1, keepdims=True)
    window = np.diff(np.take_along_axis(np.cumsum(counts, axis=1), same, axis=1), prepend=0, append=n)
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = np.abs(window / n - shares).sum(axis=1) / 2
    return np.flatnonzero((n[:, 0] >= LEAST_SAMPLES) & (distance >= LEAST_DISTANCE))


def unit_change(cells: UnitCells, counts: NDArray[np.integer], significance: float = SURELY_NOT) -> UnitChange | None:
    """Return the map that explains a window's counts; None if no map does or the choice is unsure.

    Parameters
    ----------
    counts : ndarray of int, shape (N_CELLS,)
        The window's values over the cells.
    significance : float
        How unlikely it must be that the window fits the unchanged reference.
    """
    n = int(counts.sum())
    if n < LEAST_SAMPLES:
        return None
    below = np.cumsum(counts)[:-1][cells.order]
    window = np.diff(below, prepend=0, append=n, axis=-1)
    shares = np.diff(cells.shares, prepend=0.0, append=1.0)
    outside = (window[:, 0] + window[:, -1]) / n
    fits = _pvalues(_inside(window), _inside(shares) * cells.samples)
    fits[outside > max(OUTSIDE_AT_MOST, 1.5 / n)] = 0.0
    distance = np.abs(window[0] / n - shares).sum() / 2
    if distance < LEAST_DISTANCE or fits[0] > significance:
        return None
    second, first = np.sort(fits[1:])[-2:]
    if first < FITTING_PVALUE or second * TIMES_BETTER > first:
        return None
    best = UNITS[int(fits[1:].argmax())]
    return UnitChange(best.name, best.factor, best.offset) if _precise(best, cells, n) else None


def _precise(found: UnitMap, cells: UnitCells, n: int) -> bool:
    """Return whether a window of n values can distinguish a map from its neighbours."""
    moved = abs(found.factor * cells.median + found.offset - cells.median)
    near = 1 / NEAR_FACTOR < found.factor < NEAR_FACTOR
    if found.offset:
        near = near and moved < FAR_OFFSET * max(1.0, found.factor) * cells.quartile_range
    if near and cells.lattice:
        return False
    scale = moved if found.offset else found.factor * max(abs(cells.median), cells.quartile_range)
    # The standard error of a median is 1.253 standard deviations over root n; an interquartile range is 1.349.
    error = 0.93 * found.factor * cells.quartile_range / np.sqrt(n)
    return bool(error <= (NEAR_PRECISION if near else FAR_PRECISION) * scale)


def _inside(buckets: Floats | NDArray[np.integer]) -> Floats:
    """Return the buckets, with counts outside the range merged into their neighbours: an outlier is no misfit."""
    inside = np.array(buckets[..., 1:-1], dtype=np.float64)
    inside[..., 0] += buckets[..., 0]
    inside[..., -1] += buckets[..., -1]
    return inside


def _pvalues(window: Floats, reference: Floats) -> Floats:
    """Return the two-sample chi-squared p-value of each row against the reference."""
    n, m = window.sum(axis=-1, keepdims=True), reference.sum()
    pooled = (window + reference) / (n + m)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.square(window / n - reference / m) / pooled
    filled = pooled > 0
    statistic = np.where(filled, terms, 0.0).sum(axis=-1) * (n * m / (n + m))[..., 0]
    return np.asarray(chdtrc(np.maximum(filled.sum(axis=-1) - 1, 1), statistic))


def located(cells: Sequence[UnitCells], numbers: Floats) -> NDArray[np.intp]:
    """Return the cell of each number among those of its feature, shape (n_features, n) to the same."""
    if numbers.shape[1] <= 8:
        edges = np.array([each.edges for each in cells])
        return np.asarray((numbers[:, :, np.newaxis] >= edges[:, np.newaxis, :]).sum(axis=-1))
    return np.array([each.edges.searchsorted(own, side="right") for each, own in zip(cells, numbers, strict=True)])
