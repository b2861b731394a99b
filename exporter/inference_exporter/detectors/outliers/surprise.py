"""Surprise: how rare a value is among the reference's values of its column, as a look-up by cell.

The surprise of a cell is minus the logarithm of the share of the reference in
cells that are no denser: for continuous values it is exponential with mean 1
whatever the column's shape, so that surprises of different columns can be
added. A value in a gap between two humps is as surprising as one far out.

References
----------
Goldstein and Dengel (2012), Histogram-based outlier score (HBOS), KI-2012
poster track, 59-63, adds minus the logarithms of densities. A density depends
on the column's unit and on the width of its cells; the share of less dense
values does not: Hyndman (1996), Computing and graphing highest density
regions, The American Statistician 50(2):120-126.
"""

import numpy as np

from ...arrays import Counts, Floats
from ...reference.buckets import CategoricalBuckets, NumericBuckets
from ...reference.reference import ColumnReference

RESOLUTION = 64  # steps over the bulk of a column; finer fluctuations of the density count as noise


def surprises(column: ColumnReference) -> tuple[Floats, Floats]:
    """Return the surprise of each cell of a column, and its surprise to a reference without one row of that cell.

    Returns
    -------
    tuple of ndarray of float, shape (n_cells,)
        The second is the one by which rows of the reference are scored: each of
        them helped to fill its cell. NaN in a cell without rows.
    """
    rows = int(column.counts.sum())
    counts = column.counts.astype(np.float64)
    if isinstance(column.buckets, NumericBuckets):
        density, left_out = _numeric_densities(column.buckets, column.counts)
        inside = slice(0, column.buckets.n_ranges)
    else:
        density, left_out = _category_densities(column.buckets, counts)
        inside = slice(0, column.buckets.n_cells)
    # Never as dense as before, even if the cell is too narrow for a density.
    with np.errstate(over="ignore"):  # a cell without width is infinitely dense
        left_out = np.minimum(left_out, np.nextafter(density, -np.inf))
    no_denser, of_others = counts.copy(), np.zeros(len(counts))
    order = np.sort(density)
    below = np.concatenate([[0.0], np.cumsum(counts[inside][np.argsort(density)])])
    no_denser[inside] = below[np.searchsorted(order, density, side="right")]
    of_others[inside] = below[np.searchsorted(order, left_out, side="right")]
    with np.errstate(invalid="ignore", divide="ignore"):
        own = -np.log((no_denser + 0.5) / (rows + 1))
        # The same division as before, so that a cell without its only row is exactly as surprising as an empty one.
        without = -np.log(np.where(counts > 0, of_others + counts - 0.5, np.nan) / (rows + 1))
    return own, without


def _numeric_densities(buckets: NumericBuckets, counts: Counts) -> tuple[Floats, Floats]:
    """Return rows per unit around the middle of each range, with and without one row of it; 0 beyond the ends."""
    cuts = buckets.cuts
    density, left_out = np.zeros(buckets.n_ranges), np.zeros(buckets.n_ranges)
    if len(cuts) < 2:
        return density, left_out
    cuts = np.minimum(cuts, np.finfo(np.float64).max)
    below = np.concatenate([[0.0], np.cumsum(counts[1 : len(cuts)])])
    # Halves first: the ends may be as far apart as the range of floats.
    middle = cuts[:-1] / 2 + cuts[1:] / 2
    reach = np.maximum(cuts[1:] / 2 - cuts[:-1] / 2, _bulk(cuts, below) / RESOLUTION / 2)
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        mass = np.interp(middle + reach, cuts, below) - np.interp(middle - reach, cuts, below)
        density[1:-1] = mass / reach
        left_out[1:-1] = np.maximum(mass - 1, 0.0) / reach
    return np.nan_to_num(density, posinf=np.inf), np.nan_to_num(left_out, posinf=np.inf)


def _bulk(cuts: Floats, below: Floats) -> float:
    """Return the length of the range that holds all but the outermost 256ths of the rows."""
    few = below[-1] / 256
    low = cuts[max(np.searchsorted(below, few, side="right") - 1, 0)]
    high = cuts[min(np.searchsorted(below, below[-1] - few, side="left"), len(cuts) - 1)]
    return float(high / 2 - low / 2) * 2


def _category_densities(buckets: CategoricalBuckets, counts: Floats) -> tuple[Floats, Floats]:
    """Return the rows of one category in each cell, with and without one of its rows."""
    density, left_out = counts.copy(), np.maximum(counts - 1, 0.0)
    other = len(buckets.categories)
    # If new categories are the rule, each of them occurs about once.
    density[other] = 1.0 if buckets.open else counts[other] / max(len(buckets.others), 1)
    left_out[other] = max(density[other] - 1, 0.0)
    return density, left_out


def beyond(distance: Floats) -> Floats:
    """Return what a value this far outside the reference's range adds to its surprise.

    `distance` is in reference standard deviations. The logarithm assumes a tail
    as heavy as those of real columns often are.
    """
    return np.log1p(distance)
