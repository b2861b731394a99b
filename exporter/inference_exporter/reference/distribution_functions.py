"""Curves: the number of values below each cut of the fine cells, for many numeric columns at once.

Summing counts is most of the work of a refresh, and each step of a running sum
waits for the previous one. Here counts are summed in groups by a product with a
triangular matrix of ones, which processors and BLAS do fast, then over groups.
Counts are whole numbers below 2^53, so the result is exact in any order.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..arrays import Counts, Floats
from ..measures.drift import Cuts
from .buckets import NumericBuckets
from .grid import Grid

GROUP = 16
# Columns are processed in blocks that stay in the caches, and whose product OpenBLAS does not split among threads: less
# than twice 4 * 65536 multiplications (its interface/gemm.c).
GROUPS_AT_ONCE = 2 * 4 * 65536 // GROUP**2 - 1


def running_sums(groups: Floats, out: Floats | None = None) -> Floats:
    """Return cumulative sums including each number, shape (n, n_groups, GROUP) to the same.

    The first place of each group is 0, and is overwritten with the sum of all groups before it.
    """
    flat = groups.reshape(-1, GROUP)
    groups[:, :, 0] = (flat @ np.ones(GROUP)).reshape(groups.shape[:2]) @ _triangle(groups.shape[1], 1)
    return np.matmul(flat, _triangle(GROUP, 0), out=out).reshape(groups.shape)


@lru_cache(maxsize=64)
def _triangle(size: int, diagonal: int) -> Floats:
    return np.triu(np.ones((size, size)), diagonal)


@dataclass(frozen=True, eq=False)
class Curves:
    """Some numeric columns, padded at the end to the same number of cuts."""

    own: slice
    """Places of these columns among the grid's numeric columns."""
    _cells: slice
    _places: NDArray[np.int32]
    """The cell before each cut among `_cells`, shape (n_columns, n_groups, GROUP); one past the last in the padding."""
    cuts: Cuts

    def below(self, counts: Counts | Floats, work: "Work | None" = None) -> Floats:
        """Return the number of values below each cut, and all values in the padding; shape (n_columns, n_cuts).

        With `work` the result is part of it, and valid until the next call.
        """
        cells, size = counts[self._cells], self._places.size
        work = work or Work([self])
        padded = work.padded[: len(cells) + 1]
        padded[:-1], padded[-1] = cells, 0
        groups = work.groups[:size].reshape(self._places.shape)
        padded.take(self._places, out=groups, mode="clip")  # "raise" would need a buffer
        return running_sums(groups, work.sums[:size].reshape(-1, GROUP)).reshape(len(self._places), -1)

    @property
    def size(self) -> int:
        """Number of cuts, including the padding."""
        return int(self._places.size)

    @property
    def n_cells(self) -> int:
        """Number of cells of these columns."""
        return int(self._cells.stop - self._cells.start)


class Work:
    """Memory reused for one block of columns after another, so that it stays in the caches."""

    def __init__(self, blocks: Sequence[Curves]) -> None:
        size = max((block.size for block in blocks), default=0)
        self.padded = np.empty(max((block.n_cells for block in blocks), default=0) + 1)
        self.groups, self.sums = np.empty((2, size))


def curves_of(grid: Grid) -> Iterator[Curves]:
    """Yield the curves of all numeric columns of a grid, in blocks."""
    ranges = [column.buckets.n_ranges for column in grid.columns if isinstance(column.buckets, NumericBuckets)]
    groups = -(-max(ranges, default=1) // (GROUP - 1))
    step = max(1, GROUPS_AT_ONCE // groups)
    for first in range(0, len(ranges), step):
        own = slice(first, min(first + step, len(ranges)))
        yield _block(grid, own, ranges[own], groups)


def _block(grid: Grid, own: slice, ranges: Sequence[int], groups: int) -> Curves:
    starts = grid.starts[grid.numeric[own]]
    cells = slice(int(starts[0]), int(starts[-1]) + ranges[-1])
    # The first place of a group repeats the last cut of the group before it.
    steps = np.arange(GROUP - 1) + (GROUP - 1) * np.arange(groups)[:, np.newaxis]
    inside = steps < np.array(ranges)[:, np.newaxis, np.newaxis]
    places = np.full((len(ranges), groups, GROUP), cells.stop - cells.start, dtype=np.int32)
    places[:, :, 1:][inside] = (starts[:, np.newaxis, np.newaxis] - cells.start + steps)[inside]
    return Curves(own, cells, places, _cuts(grid, own, groups))


def _cuts(grid: Grid, own: slice, groups: int) -> Cuts:
    widths, atoms = np.zeros((2, own.stop - own.start, groups, GROUP))
    for row, index in enumerate(grid.numeric[own]):
        column = grid.columns[index]
        assert isinstance(column.buckets, NumericBuckets)
        n = len(column.buckets.cuts) - 1
        if n > 0:
            # The values for a line between two cuts are stored at its start: for the last cut of a group, where that
            # cut repeats as the first of the next.
            group, place = np.divmod(np.arange(1, n + 1), GROUP - 1)
            widths[row, group, place] = np.diff(column.cut_points) / (column.stddev if column.stddev > 0 else np.nan)
            atoms[row, group, place] = column.atoms
    return Cuts(widths.reshape(len(widths), -1), atoms.reshape(len(atoms), -1))
