"""Turns a window's cell counts into what the measures are given."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .batch import Floats
from .buckets import CategoricalBuckets, NumericBuckets
from .grid import Grid
from .measures.drift._base import Comparison, Cumulative
from .measures.quality._base import QualityCounts
from .windows import Counts


class Measuring:
    """Everything about a grid that does not change from window to window, computed once."""

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self.reference_buckets = grid.fold(grid.reference_counts())
        ranges = [column.buckets.n_ranges for column in grid.columns if isinstance(column.buckets, NumericBuckets)]
        self._n_cuts = max(ranges, default=1) - 1
        self._sources = np.concatenate(
            [np.arange(n) + grid.starts[i] for i, n in zip(grid.numeric, ranges, strict=True)] or [np.array([])]
        ).astype(np.intp)
        self._places = np.concatenate(
            [np.arange(n) + row * (self._n_cuts + 1) for row, n in enumerate(ranges)] or [np.array([])]
        ).astype(np.intp)
        self._reference_below = self._shares_below(grid.reference_counts())

    def compare(self, cells: Counts, sums: Floats) -> Comparison:
        """Return the comparison of a window's cell counts and moments with the reference."""
        return Comparison(
            self.reference_buckets,
            self._grid.fold(cells),
            self._grid.n_buckets.astype(np.float64),
            self._cumulative(cells, sums),
        )

    def _cumulative(self, cells: Counts, sums: Floats) -> Cumulative:
        below, n_window = self._shares_below(cells)
        moments = sums.reshape(4, -1)
        with np.errstate(divide="ignore", invalid="ignore"):
            tails = moments[2:] / n_window
        tails = np.where(self._has_spread, tails, np.nan)
        return Cumulative(
            reference=self._of_all(self._reference_below[0]),
            window=self._of_all(below),
            widths=self._widths_and_atoms[0],
            atoms=self._widths_and_atoms[1],
            below=self._of_all(tails[0]),
            above=self._of_all(tails[1]),
            n_reference=self._of_all(self._reference_below[1]),
            n_window=self._of_all(n_window),
        )

    def _shares_below(self, cells: Counts) -> tuple[Floats, Floats]:
        """Return shares below each cut, shape (n_numeric, n_cuts), and the finite values, shape (n_numeric,)."""
        matrix = np.zeros((len(self._grid.numeric), self._n_cuts + 1))
        matrix.ravel()[self._places] = cells[self._sources]
        np.cumsum(matrix, axis=1, out=matrix)
        totals = matrix[:, -1].copy()
        with np.errstate(invalid="ignore"):
            return matrix[:, :-1] / totals[:, np.newaxis], totals

    def _of_all(self, numeric: Floats) -> Floats:
        """Return values of the numeric columns as values of all columns, NaN for categorical ones."""
        spread = np.full((len(self._grid.columns), *numeric.shape[1:]), np.nan)
        spread[self._grid.numeric] = numeric
        return spread

    @cached_property
    def _has_spread(self) -> NDArray[np.bool_]:
        return np.array([self._grid.columns[index].stddev > 0 for index in self._grid.numeric], dtype=np.bool_)

    @cached_property
    def _widths_and_atoms(self) -> tuple[Floats, Floats]:
        shape = (len(self._grid.columns), self._n_cuts)
        widths, atoms = np.zeros(shape), np.zeros(shape)
        for place, index in enumerate(self._grid.numeric):
            column = self._grid.columns[index]
            assert isinstance(column.buckets, NumericBuckets)
            n = len(column.buckets.cuts) - 1
            if n > 0:
                spread = self._grid.spreads[place] if self._has_spread[place] else np.nan
                widths[index, :n] = np.diff(column.buckets.cuts) / spread
                atoms[index, :n] = column.atoms
        return widths, atoms

    def quality(self, cells: Counts) -> QualityCounts:
        """Return what is wrong with a window's values, for every column."""
        picked = np.where(self._quality_cells >= 0, cells[self._quality_cells], np.nan)
        missing, invalid, unseen, under, over = picked
        totals = np.add.reduceat(cells, self._grid.starts).astype(np.float64)
        return QualityCounts(totals, missing, invalid, unseen, under + over)

    @cached_property
    def reference_quality(self) -> QualityCounts:
        """What was wrong with the reference's own values, for every column."""
        return self.quality(self._grid.reference_counts())

    @cached_property
    def _quality_cells(self) -> NDArray[np.intp]:
        """The cells of missing, invalid, unseen, underflow and overflow of each column; -1 where there is none."""
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
        _, n = self._shares_below(cells)
        deviation, square = sums.reshape(4, -1)[:2]
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            mean = deviation / n
            variance = (square - n * np.square(mean)) / (n - 1)
            stddev = np.sqrt(np.maximum(variance, 0.0))
        centre, spread = self._grid.means, self._grid.spreads
        return self._of_all(centre + mean * spread), self._of_all(np.where(n > 1, stddev * spread, np.nan))
