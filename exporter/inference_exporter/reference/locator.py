"""Locates the cells of all numeric columns of a batch at once.

A binary search costs about eight steps per value that the processor cannot
predict. Here a guide table leads straight to the neighbourhood: the range of a
column is divided into even steps, and the table has the number of cuts in
earlier steps. It remains to compare with the few cuts in the value's own step.

The result is exact: the mapping from values to steps is monotone, whatever the
rounding, so a cut in an earlier step is below the value.

References
----------
Chen and Asau (1974), On generating random variates from an empirical
distribution, AIIE Transactions 6(2):163-166.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..arrays import Cells, Floats

STEPS = 2048
COMPARISONS = 4  # columns with more cuts than this in one step use binary search


@dataclass(frozen=True, slots=True, eq=False)
class Guides:
    """The guide tables of n columns, for a search that is written in another language."""

    has: NDArray[np.bool_]
    low: Floats
    """The least value of the guided range, shape (n, 1)."""
    scale: Floats
    """Steps per unit, shape (n, 1)."""
    comparisons: Cells
    """The most cuts in one step."""
    table: NDArray[np.int32]
    """`STEPS` places among `all_cuts` for each column, one column after another."""
    all_cuts: Floats
    """The cuts of all columns, each followed by `COMPARISONS` NaN."""
    first_cuts: Cells
    n_cuts: Cells


class Locator:
    """Locates finite numbers among the cuts of several columns."""

    def __init__(self, cuts: Sequence[Floats]) -> None:
        self._cuts = cuts
        self._guided, tables, self._low, self._scale, self._comparisons = _guides(cuts)
        # After the last cut of a column every comparison fails: nothing compares with NaN.
        padded = [np.append(column, np.full(COMPARISONS, np.nan)) for column in cuts]
        self._all_cuts = np.concatenate(padded or [np.array([])])
        self._cut_starts = np.cumsum([0, *(len(part) for part in padded)])[:-1, np.newaxis].astype(np.intp)
        self._table_starts = (np.arange(len(cuts)) * STEPS)[:, np.newaxis]
        # Places among all cuts, so that one look-up leads from a step to its cuts.
        self._table = (tables + self._cut_starts).astype(np.int32).ravel()

    @property
    def guides(self) -> Guides:
        """What the search reads."""
        return Guides(
            has=self._guided,
            low=self._low,
            scale=self._scale,
            comparisons=self._comparisons,
            table=self._table,
            all_cuts=self._all_cuts,
            first_cuts=self._cut_starts[:, 0],
            n_cuts=np.array([len(column) for column in self._cuts], dtype=np.intp),
        )

    def locate(self, numbers: Floats, first: int = 0) -> Cells:
        """Return the number of cuts at or below each number, shape (n_columns, n) to the same.

        The rows of `numbers` are the columns from `first` on. Cells of non-finite
        numbers are meaningless.
        """
        own = slice(first, first + len(numbers))
        guided = self._guided[own]
        if guided.all():
            return self._locate_guided(numbers, own)
        cells = np.empty(numbers.shape, dtype=np.intp)
        for row, has_guide in enumerate(guided.tolist()):
            place = first + row
            if has_guide:
                cells[row] = self._locate_guided(numbers[row : row + 1], slice(place, place + 1))[0]
            else:
                cells[row] = self._cuts[place].searchsorted(numbers[row], side="right")
        return cells

    def _locate_guided(self, numbers: Floats, own: slice) -> Cells:
        with np.errstate(invalid="ignore", over="ignore"):
            steps = numbers - self._low[own]
            steps *= self._scale[own]
            # fmin and fmax, unlike clip, turn NaN into a number, so that it cannot become an index out of range.
            np.fmin(np.fmax(steps, 0.0, out=steps), STEPS - 1.0, out=steps)
            places = steps.astype(np.intp)
        places += self._table_starts[own]
        # Every place is valid: "clip" is for speed, because it checks each only once.
        passed = self._table.take(places, mode="clip").astype(np.intp)
        for _ in range(int(self._comparisons[own].max(initial=0))):
            passed += self._all_cuts.take(passed, mode="clip") <= numbers
        passed -= self._cut_starts[own]
        return passed


def _guides(cuts: Sequence[Floats]) -> tuple[NDArray[np.bool_], Cells, Floats, Floats, Cells]:
    """Return which columns have a guide, their tables, least value and steps per unit, and the cuts in one step."""
    guided, comparisons = np.zeros(len(cuts), dtype=np.bool_), np.zeros(len(cuts), dtype=np.intp)
    tables = np.zeros((len(cuts), STEPS), dtype=np.intp)
    low, scale = np.zeros((len(cuts), 1)), np.zeros((len(cuts), 1))
    for index, column in enumerate(cuts):
        if len(column) < 2:
            continue
        # Without the outermost cuts: a few far values must not put all others in one step.
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
            guided[index], comparisons[index] = True, inside.max()
            tables[index] = np.cumsum(inside) - inside
    return guided, tables, low, scale, comparisons
