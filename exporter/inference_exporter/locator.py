"""Finds the cells of all numeric columns of a batch at once.

A binary search for each value costs some eight steps that the processor cannot
foresee. Here a guide table leads straight to the neighbourhood: the range of a
column is cut into even steps, and the table says how many cuts lie in earlier
steps. What remains is to compare with the few cuts in the value's own step.

The result is exact, not an approximation: going from value to step never
reverses an order, whatever the rounding, so a cut in an earlier step is below
the value.

References
----------
Chen and Asau (1974), On generating random variates from an empirical
distribution, AIIE Transactions 6(2):163-166.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .batch import Floats
from .buckets import Cells

STEPS = 2048
COMPARISONS = 4  # columns with more cuts than this in one step are searched the usual way


class Locator:
    """Locates finite numbers among the cuts of several columns."""

    def __init__(self, cuts: Sequence[Floats]) -> None:
        self._cuts = cuts
        guided, tables, self._low, self._scale = _guides(cuts)
        self._guided = np.flatnonzero(guided)
        self._searched = np.flatnonzero(~guided).tolist()
        self._table = np.concatenate(
            [tables[index] for index in self._guided.tolist()] or [np.array([], dtype=np.int32)]
        )
        # After the last cut of a column nothing is passed any more: no number compares with NaN.
        padded = [np.append(cuts[index], np.full(COMPARISONS, np.nan)) for index in self._guided.tolist()]
        self._all_cuts = np.concatenate(padded or [np.array([])])
        starts = np.cumsum([0, *(len(part) for part in padded)])[:-1]
        self._cut_starts = starts[:, np.newaxis].astype(np.intp)
        self._table_starts = (np.arange(len(self._guided)) * STEPS)[:, np.newaxis]
        self._all_guided = len(self._guided) == len(cuts)

    def locate(self, numbers: Floats) -> Cells:
        """Return how many cuts lie at or below each number, shape (n_columns, n) to the same.

        What is not finite gets a cell that means nothing.
        """
        if self._all_guided:
            return self._locate_guided(numbers)
        cells = np.empty(numbers.shape, dtype=np.intp)
        cells[self._guided] = self._locate_guided(numbers[self._guided])
        for index in self._searched:
            cells[index] = self._cuts[index].searchsorted(numbers[index], side="right")
        return cells

    def _locate_guided(self, numbers: Floats) -> Cells:
        with np.errstate(invalid="ignore", over="ignore"):
            steps = (numbers - self._low[self._guided]) * self._scale[self._guided]
            # fmin and fmax, unlike clip, turn NaN into a number: it must not become an index out of range.
            np.fmin(np.fmax(steps, 0.0, out=steps), STEPS - 1.0, out=steps)
            places = steps.astype(np.intp)
        places += self._table_starts
        passed = self._table.take(places).astype(np.intp)
        passed += self._cut_starts
        for _ in range(COMPARISONS):
            passed += self._all_cuts.take(passed) <= numbers
        passed -= self._cut_starts
        return passed


def _guides(cuts: Sequence[Floats]) -> tuple[NDArray[np.bool_], list[NDArray[np.int32]], Floats, Floats]:
    """Return which columns have a guide, their tables, and the least value and steps per unit of each."""
    guided = np.zeros(len(cuts), dtype=np.bool_)
    tables = [np.array([], dtype=np.int32)] * len(cuts)
    low, scale = np.zeros((len(cuts), 1)), np.zeros((len(cuts), 1))
    for index, column in enumerate(cuts):
        if len(column) < 2:
            continue
        # Without the outermost cuts: a few far values must not leave all the others in one step.
        spare = min(2, (len(column) - 2) // 2)
        first, last = column[spare], column[-1 - spare]
        with np.errstate(over="ignore", divide="ignore"):
            low[index], scale[index] = first, (STEPS - 2) / (last - first)
        if not (np.isfinite(scale[index]) and np.isfinite(column).all() and scale[index] > 0):
            continue
        with np.errstate(over="ignore"):
            steps = np.clip((column - low[index]) * scale[index], 0, STEPS - 1).astype(np.intp)
        inside = np.bincount(steps, minlength=STEPS)
        if inside.max() <= COMPARISONS:
            guided[index] = True
            tables[index] = (np.cumsum(inside) - inside).astype(np.int32)
    return guided, tables, low, scale
