"""What tables over a grid's cells say of a located batch, summed over its columns.

Each function has a compiled form, and one in numpy: without a C compiler it does
the work, and tests hold the two to the same results.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..arrays import Cells, Counts, Floats

if TYPE_CHECKING:
    from . import _cellsearch as compiled
else:
    try:
        from . import _cellsearch as compiled

        compiled.count  # noqa: B018
    except (ImportError, AttributeError):  # installed without a C compiler, or built from an older version
        compiled = None

BLOCK = 1 << 15  # values looked up at once in numpy, to stay in the caches
Located = NDArray[np.int32]
"""Cells of a batch, shape (n_columns, n)."""
Singles = NDArray[np.float32]
Words = NDArray[np.uint64]
SHIFT = np.uint64(32)


def is_compiled() -> bool:
    """Return whether this installation has the compiled forms."""
    return compiled is not None


def sums_by_group(table: Words, cells: Located, columns: Cells, starts: Cells) -> Words:
    """Return the sums of the numbers of each row's cells, shape (n_groups, n).

    Group `g` has the columns ``columns[starts[g] : starts[g + 1]]``.
    """
    sums: Words = np.zeros((len(starts), cells.shape[1]), dtype=np.uint64)
    if is_compiled():
        compiled.add_groups(table, _in_rows(cells), columns, starts, sums)
        return sums
    for rows in _blocks(cells, columns):
        picked = table.take(cells[columns, rows], mode="clip")
        sums[:, rows] = np.add.reduceat(picked, starts, axis=0)
    return sums


def sum_and_greatest(table: Singles, cells: Located, columns: Cells) -> tuple[Floats, Floats]:
    """Return the sum and the greatest of the numbers of each row's cells, shape (n,) each."""
    total, greatest = np.empty(cells.shape[1]), np.empty(cells.shape[1])
    if is_compiled():
        compiled.sum_and_greatest(table, _in_rows(cells), columns, total, greatest)
        return total, greatest
    for rows in _blocks(cells, columns):
        picked = picked_of(table, cells[:, rows], columns)
        total[rows], greatest[rows] = picked.sum(axis=0), picked.max(axis=0)
    return total, greatest


def picked_of(table: Singles, cells: Located, columns: Cells) -> Singles:
    """Return the numbers of the cells of some columns, shape (n_chosen, n)."""
    if is_compiled():
        picked: Singles = np.empty((len(columns), cells.shape[1]), dtype=np.float32)
        compiled.pick(table, _in_rows(cells), columns, picked)
        return picked
    # Every cell is in range: "clip" is for speed, because it checks each only once.
    return table.take(cells[columns], mode="clip")


def add_bits(numbers: Floats, rows: Cells, factors: Words, sums: Words) -> None:
    """Add the bits of some rows of numbers, folded and times the row's factor, to the sums, shape (n,)."""
    if is_compiled():
        compiled.add_bits(_in_rows(numbers), rows, factors, sums)
        return
    step = max(1, BLOCK // max(numbers.shape[1], 1))
    for first in range(0, len(rows), step):
        own = slice(first, first + step)
        bits = numbers[rows[own]].view(np.uint64)
        folded = bits >> SHIFT
        folded ^= bits
        folded *= factors[own, np.newaxis]
        sums += folded.sum(axis=0, dtype=np.uint64)


def counts_of(cells: Located, n_cells: int) -> Counts:
    """Return how often each cell occurs, shape (n_cells,)."""
    counts: Counts = np.zeros(n_cells, dtype=np.int64)
    if is_compiled():
        compiled.count(_in_rows(cells), counts)
        return counts
    step = max(1, BLOCK * 4 // max(cells.shape[1], 1))
    for first in range(0, len(cells), step):
        block = cells[first : first + step]
        if block.size:
            # A column's cells are adjacent: counting a few columns at a time stays in the caches.
            least = int(block.min())
            found = np.bincount((block - least).ravel())
            counts[least : least + len(found)] += found
    return counts


def _in_rows(matrix: NDArray[Any]) -> NDArray[Any]:
    """Return a matrix whose rows are adjacent in memory, which chosen columns of another are not."""
    return matrix if matrix.strides[-1] == matrix.itemsize else np.ascontiguousarray(matrix)


def _blocks(cells: Located, columns: Cells) -> list[slice]:
    step = max(1, BLOCK // max(len(columns), 1))
    return [slice(first, first + step) for first in range(0, cells.shape[1], step)]
