"""Cells of expected error: counts of samples in them are all that estimates of error need, and mergeable."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...arrays import Cells, Counts, Floats
from ...reference.grid import Grid, Located
from ...reference.reference import ColumnReference
from .factors import LARGEST_LOG

CELLS = 50
GROUPS = 8
"""Of the buckets of a column, where it is combined with another."""


@dataclass(frozen=True)
class Learned:
    """What the reference shows of the errors of its predictions, in units of their mean absolute error.

    `factors` have the group and name of one or two `columns`, and the `logs` of the factor of each bucket, or of each
    pair of groups of buckets. `edges`, shape (CELLS - 1,), divide
    the logarithm of the expected error into cells. `n`, `absolute`, `squared` and `fourth`, shape (CELLS,), are the
    rows of each cell, and the sums of powers of their errors. `spreads` has shape (2, 2): by number of stretches, what
    they add to absolute and squared errors beyond chance; `misfits` are what parts of the reference add that differ in
    a column. `least` and `greatest` are the range of the predictions.
    """

    unit: float
    factors: Sequence[Mapping[str, Any]]
    edges: Sequence[float]
    n: Sequence[float]
    absolute: Sequence[float]
    squared: Sequence[float]
    fourth: Sequence[float]
    spreads: Sequence[Sequence[float]]
    misfits: Sequence[float]
    least: float
    greatest: float


class ErrorCells:
    """The expected error of samples that are located on a grid: a product of factors, one for each of a few columns."""

    def __init__(self, learned: Learned, grid: Grid) -> None:
        self.learned = learned
        places = {(column.group, column.name): place for place, column in enumerate(grid.columns)}
        self._prediction = next(place for (group, _), place in places.items() if group == "prediction")
        self._logs, self._groups = np.zeros(grid.n_cells), np.zeros(grid.n_cells, dtype=np.intp)
        self._places: list[int] = []
        self._pairs: list[tuple[int, int, Floats]] = []
        for factor in learned.factors:
            at = [places[group, name] for group, name in factor["columns"]]
            logs = np.array(factor["logs"], dtype=np.float64)
            if len(at) == 1:
                self._places += at
                self._logs[_own(grid, at[0])] = _of_cells(logs, grid.columns[at[0]])
            else:
                self._pairs.append((at[0], at[1], logs))
        for place in self._paired:
            self._groups[_own(grid, place)] = _of_cells(coarse_groups(grid.columns[place]), grid.columns[place])
        self._edges = np.array(learned.edges, dtype=np.float64)
        self._beyond = _beyond(grid, self._prediction)
        self.n_counts = CELLS + 1

    def of(self, located: Located) -> tuple[Floats, Floats]:
        """Return the cell of each sample, NaN without a prediction, and 1 for predictions beyond the reference's."""
        predicted = self._beyond.take(located.cells[self._prediction])
        logs = np.zeros(located.cells.shape[1])
        for place in self._places:
            logs += self._logs.take(located.cells[place])
        groups = {place: self._groups.take(located.cells[place]) for place in self._paired}
        for one, other, of_pair in self._pairs:
            logs += of_pair.take(groups[one] * GROUPS + groups[other])
        # As `log_expected` does: the edges were learned from its numbers.
        np.clip(logs, -LARGEST_LOG, LARGEST_LOG, out=logs)
        cells = self._edges.searchsorted(logs, side="right").astype(np.float64)
        cells[np.isnan(predicted)] = np.nan
        return cells, predicted

    @property
    def _paired(self) -> set[int]:
        return {place for *both, _ in self._pairs for place in both}

    def counts(self, cells: Floats, beyond: Floats) -> Counts:
        """Return the samples in each cell, and those beyond the reference."""
        # Without a prediction there is no expected error.
        known = ~np.isnan(cells)
        counts: Counts = np.zeros(self.n_counts, dtype=np.int64)
        counts[:CELLS] = np.bincount(cells[known].astype(np.intp), minlength=CELLS)
        counts[CELLS] = np.count_nonzero(beyond == 1)
        return counts

    @cached_property
    def calibrated(self) -> "CalibratedErrors":
        """The mean error of each cell."""
        return CalibratedErrors.of(self.learned)


def _own(grid: Grid, place: int) -> slice:
    """Return the cells of a column."""
    start = int(grid.starts[place])
    return slice(start, start + grid.columns[place].buckets.n_cells)


def _of_cells(of_buckets: NDArray[Any], column: ColumnReference) -> NDArray[Any]:
    """Return what is known of exposed buckets for each of their fine cells."""
    return np.repeat(of_buckets, np.diff([*column.buckets.fold_starts.tolist(), column.buckets.n_cells]))


def coarse_groups(column: ColumnReference) -> Cells:
    """Return the group of each exposed bucket: of about as many rows each, or the top categories."""
    counts = np.add.reduceat(column.counts, column.buckets.fold_starts)
    if not column.numeric:
        return np.minimum(np.arange(len(counts)), GROUPS - 1)
    return np.asarray((np.cumsum(counts) - counts) * GROUPS // max(int(counts.sum()), 1)).clip(0, GROUPS - 1)


def _beyond(grid: Grid, place: int) -> Floats:
    """Return for each cell of the grid whether it is beyond the reference's predictions; NaN: not a number."""
    kinds, start = np.zeros(grid.n_cells), int(grid.starts[place])
    end = start + grid.columns[place].buckets.n_cells
    # The cells of a numeric column: below the cuts, between them, above them, infinite, missing.
    kinds[[start, end - 3]] = 1.0
    kinds[end - 2 : end] = np.nan
    return kinds


@dataclass(frozen=True, eq=False)
class CalibratedErrors:
    """Means of the errors' absolute values, squares and fourth powers, and the rows that show them, shape (CELLS,)."""

    n: Floats
    absolute: Floats
    squared: Floats
    fourth: Floats

    @classmethod
    def of(cls, learned: Learned) -> "CalibratedErrors":
        """Return the means: a cell of greater expected error has no smaller one."""
        n = np.array(learned.n, dtype=np.float64)
        sums = (np.array(each, dtype=np.float64) for each in (learned.absolute, learned.squared, learned.fourth))
        return cls(n, *(ascending_means(n, each) for each in sums))


def ascending_means(n: Floats, sums: Floats) -> Floats:
    """Return the mean of each cell; neighbours are pooled until means ascend, and an empty cell has its neighbour's.

    References
    ----------
    Pool adjacent violators: Ayer et al. (1955), Ann. Math. Stat. 26(4):641-647.
    """
    blocks: list[tuple[float, float, int]] = []
    for size, total in zip(n.tolist(), sums.tolist(), strict=True):
        block = (size, total, 1)
        # Means compared as products: an empty block needs no division, and joins its neighbour.
        while blocks and blocks[-1][1] * block[0] >= block[1] * blocks[-1][0]:
            last = blocks.pop()
            block = (last[0] + block[0], last[1] + block[1], last[2] + block[2])
        blocks.append(block)
    return np.repeat([total / size if size else 0.0 for size, total, _ in blocks], [block[2] for block in blocks])


def located_columns(located: Located, grid: Grid, places: Sequence[int]) -> list[Cells]:
    """Return the exposed bucket of each sample in some columns."""
    return [
        np.searchsorted(grid.columns[place].buckets.fold_starts, located.cells[place] - grid.starts[place], "right") - 1
        for place in places
    ]
