"""Turns a window's cell counts into the input of the measures."""

import math
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..arrays import Counts, Floats
from ..measures.drift import Comparison, Cumulative, smoothed_shares
from ..measures.drift.kolmogorov_smirnov import kolmogorov_smirnov
from ..measures.drift.wasserstein import expected_wasserstein, wasserstein
from ..measures.quality import QualityCounts
from ..reference.buckets import OPEN_CATEGORIES, OPEN_SHARE, CategoricalBuckets, NumericBuckets
from ..reference.distribution_functions import Work, curves_of
from ..reference.grid import Grid
from ..reference.reference import ColumnReference

JUDGED_SHARE = 0.1  # of the reference's values in recurring categories; below it the histogram is one bucket


class Measuring:
    """The parts of a comparison that do not change from window to window, computed once."""

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self._n_buckets = grid.n_buckets.astype(np.float64)
        self._places = np.array(grid.numeric, dtype=np.intp)
        reference = grid.reference_counts()
        self.reference_buckets = grid.fold(reference)
        totals = self.reference_buckets.sum(axis=-1)
        self._reference_shares = smoothed_shares(self.reference_buckets, totals, self._n_buckets)
        self._n_reference = self._finite(reference)
        self._curves = [
            (curves, curves.below(reference) / _known(self._n_reference[curves.own])) for curves in curves_of(grid)
        ]
        self._expected_area = np.concatenate(
            [expected_wasserstein(shares, curves.cuts) for curves, shares in self._curves] or [np.array([])]
        )
        self.unjudged = np.array([_is_ever_new(column) for column in grid.columns], dtype=np.bool_)
        """Columns whose values are nearly all new, shape (n_columns,): their histograms carry no information."""
        self.singletons = np.array([_singletons(column, grid.reference.rows) for column in grid.columns])

    def compare(self, cells: Counts, sums: Floats, baseline: Counts | Floats | None = None) -> Comparison:
        """Return the comparison of a window's cell counts and moments with a baseline, by default the reference."""
        with np.errstate(all="ignore"):  # one value of 1e308 makes its own column infinite, or NaN
            cumulative = self._cumulative(cells, sums, baseline)
        return Comparison(
            self.reference_buckets if baseline is None else self._grid.fold(baseline),
            self._grid.fold(cells),
            self._n_buckets,
            cumulative,
            self.singletons,
            self._reference_shares if baseline is None else None,
            structural_zeros=baseline is not None,
        )

    def _cumulative(self, cells: Counts, sums: Floats, baseline: Counts | Floats | None) -> Cumulative:
        n_window = self._finite(cells)
        n_reference = self._n_reference if baseline is None else self._finite(baseline)
        gap, area = np.empty((2, len(n_window)))
        work, scale = Work([curves for curves, _ in self._curves]), 1.0 / _known(n_window)
        for curves, reference in self._curves:
            if baseline is not None:
                reference = curves.below(baseline, work) / _known(n_reference[curves.own])
            gaps = curves.below(cells, work)
            gaps *= scale[curves.own]
            gaps -= reference
            sizes = np.abs(gaps, out=gaps)
            gap[curves.own] = kolmogorov_smirnov(sizes)
            area[curves.own] = wasserstein(sizes, curves.cuts)
        # The curves end at the reference's range; what lies beyond adds its mean distance from it.
        area += sums.reshape(4, -1)[2:].sum(axis=0) / n_window
        area, mean, variance = (
            np.where(self._has_spread, values, np.nan) for values in (area, *self._moments(n_window, sums))
        )
        places = None if len(self._places) == len(self._grid.columns) else self._places
        return Cumulative(
            gap, area, n_reference, n_window, mean, variance, self._expected_area, places, len(self._grid.columns)
        )

    def _finite(self, cells: Counts | Floats) -> Floats:
        """Return the number of values of each numeric column that are neither infinite nor missing."""
        last = self._quality_cells[0, self._places]
        return np.asarray(self._samples(cells)[self._places] - cells[last] - cells[last - 1])

    def _samples(self, cells: Counts | Floats) -> Floats:
        """Return the number of samples of each column: all of a window's; a mixture has as many as its noise has."""
        if cells.dtype.kind == "i":
            whole = float(cells[: self._grid.columns[0].buckets.n_cells].sum())
            return np.full(len(self._grid.columns), whole)
        return np.add.reduceat(cells, self._grid.starts)

    @cached_property
    def _has_spread(self) -> NDArray[np.bool_]:
        return np.array([self._grid.columns[index].stddev > 0 for index in self._grid.numeric], dtype=np.bool_)

    def quality(self, cells: Counts | Floats) -> QualityCounts:
        """Return the counts of faulty values in a window, for every column."""
        picked = np.where(self._quality_cells >= 0, cells[self._quality_cells], np.nan)
        missing, invalid, unseen, under, over = picked
        return QualityCounts(self._samples(cells), missing, invalid, unseen, under + over)

    @cached_property
    def _quality_cells(self) -> NDArray[np.intp]:
        """The cells of missing, invalid, unseen, underflow and overflow of each column; -1 if it lacks the cell."""
        places = np.full((5, len(self._grid.columns)), -1, dtype=np.intp)
        for index, (column, start) in enumerate(zip(self._grid.columns, self._grid.starts, strict=True)):
            buckets, end = column.buckets, start + column.buckets.n_cells
            places[0, index] = end - 1
            places[1, index] = end - 2
            if isinstance(buckets, CategoricalBuckets):
                places[2, index] = -1 if buckets.open else end - 3
            elif len(buckets.cuts):
                places[3, index], places[4, index] = start, start + len(buckets.cuts)
        return places

    def mean_and_stddev(self, cells: Counts, sums: Floats) -> tuple[Floats, Floats]:
        """Return the window's mean and standard deviation of each column, NaN for categorical or empty ones."""
        mean, variance = self._moments(self._finite(cells), sums)
        of_all = np.full((2, len(self._grid.columns)), np.nan)
        with np.errstate(over="ignore", invalid="ignore"):
            of_all[0, self._places] = self._grid.means + mean * self._grid.spreads
            of_all[1, self._places] = np.sqrt(variance) * self._grid.spreads
        return of_all[0], of_all[1]

    def _moments(self, n: Floats, sums: Floats) -> tuple[Floats, Floats]:
        """Return mean and variance of deviations from the reference's mean, in units of the grid's spreads."""
        deviation, square = sums.reshape(4, -1)[:2]
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            mean = deviation / n
            # Rounding can make the difference of two large sums negative.
            variance = np.maximum(square - n * np.square(mean), 0.0) / (n - 1)
        return mean, np.where(n > 1, variance, np.nan)


def _is_ever_new(column: ColumnReference) -> bool:
    """Return whether few of a reference's categories recur: with identifiers, every value is new."""
    buckets = column.buckets
    if isinstance(buckets, NumericBuckets) or not buckets.open:
        return False
    named, present = column.counts[: len(buckets.categories)].sum(), column.counts[:-2].sum()
    return bool(present and named < JUDGED_SHARE * present)


def _singletons(column: ColumnReference, rows: int) -> float:
    """Return the number of categories that the reference has once; NaN without a cell for never-seen ones."""
    buckets = column.buckets
    if isinstance(buckets, NumericBuckets) or buckets.open:
        return math.nan
    if buckets.singletons is not None:
        return float(buckets.singletons)
    # Older references lack this number. If there were more than the last count, the column would be open.
    top = int(np.count_nonzero(column.counts[: len(buckets.categories)] == 1))
    return float(min(top + len(buckets.others), max(OPEN_SHARE * rows, OPEN_CATEGORIES)))


def _known(totals: Floats) -> Floats:
    """Return totals as a column, NaN in place of 0: a share of nothing is unknown."""
    return np.where(totals > 0, totals, np.nan)[:, np.newaxis]
