"""Cells of expected error: counts of samples in them are all that estimates of error need, and mergeable."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ...arrays import Cells, Counts, Floats
from ...reference.grid import Grid, Located
from .factors import LARGEST_LOG

CELLS = 50


@dataclass(frozen=True)
class Learned:
    """What the reference shows of the errors of its predictions, in units of their mean absolute error.

    `columns` have the group, the name and the `logs` of the factor of each bucket. `edges`, shape (CELLS - 1,), divide
    the logarithm of the expected error into cells. `n`, `absolute`, `squared` and `fourth`, shape (CELLS,), are the
    rows of each cell, and the sums of powers of their errors. `spreads` has shape (2, 2): by number of stretches, what
    they add to absolute and squared errors beyond chance; `misfits` are what parts of the reference add that differ in
    a column. `least` and `greatest` are the range of the predictions.
    """

    unit: float
    columns: Sequence[Mapping[str, Any]]
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
        names = [(column.group, column.name) for column in grid.columns]
        places = [names.index((column["group"], column["name"])) for column in learned.columns]
        self._places = np.array(places, dtype=np.intp)
        self._prediction = next(place for place, (group, _) in enumerate(names) if group == "prediction")
        self._logs = np.zeros(grid.n_cells)
        for place, column in zip(places, learned.columns, strict=True):
            buckets, start = grid.columns[place].buckets, int(grid.starts[place])
            sizes = np.diff([*buckets.fold_starts.tolist(), buckets.n_cells])
            self._logs[start : start + buckets.n_cells] = np.repeat(np.array(column["logs"], dtype=np.float64), sizes)
        self._edges = np.array(learned.edges, dtype=np.float64)
        self._beyond = _beyond(grid, self._prediction)
        self.n_counts = CELLS + 1

    def of(self, located: Located) -> tuple[Floats, Floats]:
        """Return the cell of each sample, NaN without a prediction, and 1 for predictions beyond the reference's."""
        predicted = self._beyond.take(located.cells[self._prediction])
        logs = np.zeros(located.cells.shape[1])
        for place in self._places.tolist():
            logs += self._logs.take(located.cells[place])
        # As `log_expected` does: the edges were learned from its numbers.
        np.clip(logs, -LARGEST_LOG, LARGEST_LOG, out=logs)
        cells = self._edges.searchsorted(logs, side="right").astype(np.float64)
        cells[np.isnan(predicted)] = np.nan
        return cells, predicted

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
