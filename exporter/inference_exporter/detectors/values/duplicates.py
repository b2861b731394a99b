"""Repeated samples, by their id and by all their values: hashes in a bounded memory."""

import numpy as np
from numpy.typing import NDArray

from ...arrays import Cells
from ...reference.buckets import CategoricalBuckets
from ...reference.cell_tables import add_bits
from ...reference.grid import Grid, Located
from ...samples.batch import Batch

Hashes = NDArray[np.uint64]
MEMORY = 2**16  # samples remembered at most
LEAST_MEMORY = 2**8
BLOCK = 1 << 15
SHIFT, FINISH, BITS = np.uint64(32), np.uint64(0x9E3779B97F4A7C15), 0xFFFFFFFFFFFFFFFF


class Seen:
    """Remembers hashes, one a place: a later one with the same place replaces an earlier one.

    A hash of age `a` (in later hashes) is still known with probability
    exp(-a / size). Two hashes of 64 bits are equal by accident once in 10^14
    comparisons.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._marks: Hashes = np.zeros(size, dtype=np.uint64)
        self._owners: NDArray[np.int32] = np.zeros(size, dtype=np.int32)

    def again(self, hashes: Hashes) -> NDArray[np.bool_]:
        """Return which hashes are repeated, also within the same call; remembers them."""
        step = max(self.size // 2, 2048)
        parts = [self._again(hashes[first : first + step]) for first in range(0, len(hashes), step)]
        return np.concatenate([np.zeros(0, dtype=np.bool_), *parts])

    def _again(self, hashes: Hashes) -> NDArray[np.bool_]:
        places = (hashes >> SHIFT).astype(np.intp) & (self.size - 1)
        known = self._marks[places] == hashes
        rows = np.arange(len(hashes), dtype=np.int32)
        # The first row of a place wins: of several writes the last one stays.
        self._owners[places[::-1]] = rows[::-1]
        owners = self._owners[places]
        self._marks[places] = hashes
        return np.asarray(known | ((owners != rows) & (hashes[owners] == hashes)))


def memory_for(rows: int) -> int:
    """Return the memory size for a reference of this many rows: a power of two, about a quarter of them."""
    return int(min(MEMORY, max(LEAST_MEMORY, 2 ** int(np.log2(max(rows / 4, 1))))))


def expected_ratio(hashes: Hashes, memory: int) -> float:
    """Return the share of samples like these that meet a twin in a memory of a given size.

    The reference itself is sent through such a memory in random order: one half
    fills it, the other half is measured.
    """
    if len(hashes) < 2:
        return 0.0
    shuffled = np.random.default_rng(1).permutation(hashes)
    return float(Seen(memory).again(shuffled)[len(hashes) // 2 :].mean())


class RowHashes:
    """Hashes the features of each sample of a located batch: equal only for equal values."""

    def __init__(self, grid: Grid) -> None:
        draw = np.random.default_rng(20201122)
        self._grid = grid
        self._features = [index for index, column in enumerate(grid.columns) if column.group == "feature"]
        self._numeric = grid.numeric_place[self._features]
        self._numeric = self._numeric[self._numeric >= 0]
        self._categorical: Cells = np.array([i for i in self._features if grid.numeric_place[i] < 0], dtype=np.intp)
        shared = [_first_shared(grid, index) for index in self._categorical.tolist()]
        self._first_shared = np.array(shared, dtype=np.intp)[:, np.newaxis]
        self._factors = draw.integers(0, 2**63, len(grid.columns), dtype=np.uint64) * np.uint64(2) + np.uint64(1)

    def of(self, batch: Batch, located: Located) -> Hashes:
        """Return one hash a sample."""
        hashes: Hashes = np.zeros(batch.size, dtype=np.uint64)
        add_bits(located.deviations, self._numeric, self._factors[self._numeric], hashes)
        step = max(1, BLOCK // max(batch.size, 1))
        for first in range(0, len(self._categorical), step):
            own = slice(first, first + step)
            codes = self._of_categories(batch, located, own)
            codes *= self._factors[-1 - self._categorical[own], np.newaxis]
            hashes += codes.sum(axis=0, dtype=np.uint64)
        hashes ^= hashes >> SHIFT
        hashes *= FINISH
        hashes ^= hashes >> np.uint64(29)
        return hashes

    def _of_categories(self, batch: Batch, located: Located, own: slice) -> Hashes:
        """Return codes of some categorical features, shape (n_features, n): equal only for equal values."""
        indices = self._categorical[own]
        cells = located.cells[indices]
        codes: Hashes = cells.astype(np.uint64)
        # The last cells of a column can hold several categories each.
        shared = (cells >= self._first_shared[own]) & (cells < self._grid.missing_cells[indices, np.newaxis])
        if shared.any():
            for place, row in np.argwhere(shared).tolist():
                values = batch.features.get(self._grid.columns[int(indices[place])].name)
                if values is not None:
                    codes[place, row] = np.uint64(hash(str(values[row])) & BITS)
        return codes


def _first_shared(grid: Grid, index: int) -> int:
    buckets = grid.columns[index].buckets
    assert isinstance(buckets, CategoricalBuckets)
    return int(grid.starts[index]) + len(buckets.categories)
