"""Cells of numbers by the compiled search: what `Grid` does with numpy, in one pass and less than half of the time."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..arrays import Cells, Floats
from .locator import Locator

if TYPE_CHECKING:
    from ._cellsearch import locate
else:
    try:
        from ._cellsearch import locate
    except ImportError:  # installed without a C compiler
        locate = None


def is_compiled() -> bool:
    """Return whether this installation has the compiled search."""
    return locate is not None


class CompiledCells:
    """What the search reads, one value per numeric column: as the enumerations in _cells/module.c.

    Parameters
    ----------
    scales : ndarray of float, shape (6, n)
        Mean, spread, outermost cuts and outermost points.
    rows, starts, sizes : ndarray of int, shape (n,)
        Place among the columns of the grid, first cell, and number of cells.
    """

    def __init__(self, scales: Floats, rows: Cells, starts: Cells, sizes: Cells, locator: Locator) -> None:
        guides = locator.guides
        self._scales = np.ascontiguousarray(np.concatenate([scales, guides.low.T, guides.scale.T]))
        places = [rows, starts, sizes, guides.first_cuts, guides.n_cuts, np.where(guides.has, guides.comparisons, -1)]
        self._places = np.array(places, dtype=np.int64).reshape(len(places), -1)
        self._table, self._cuts = guides.table, guides.all_cuts

    def locate(
        self, numbers: Floats, first: int, deviations: Floats, cells: NDArray[np.int32], first_row: int
    ) -> tuple[Cells, Cells, Floats]:
        """Write cells and deviations of numbers, shape (some columns from `first` on, n).

        Returns
        -------
        tuple of ndarray, shape (n_beyond,) each
            Sum, row and distance of the values beyond the reference's range, as in `TailValues`.
        """
        found = locate(
            self._scales, self._places, self._table, self._cuts, numbers, first, deviations, cells, first_row
        )
        sums, rows = np.frombuffer(found, np.int64, len(found) // 12).reshape(2, -1)
        return sums, rows, np.frombuffer(found, np.float64)[2 * len(sums) :]
