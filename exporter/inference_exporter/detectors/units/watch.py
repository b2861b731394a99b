"""Units: which feature changed its unit, in the shortest and in the longest window."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ...arrays import Counts, Floats, length_of
from ...reference.grid import Located
from ...samples.batch import Batch
from ...windows.ring import RollingWindow, stretches
from .._base import DetectorKind, WatchedModel
from .unit_change import N_CELLS, UnitCells, UnitChange, located, suspects, unit_cells, unit_change

SAMPLES_LOOKED_AT = 128  # samples of a batch that share a slot; a change of unit affects all of them
# Coarser than other windows: a unit changes once, and ten counts of many cells cost a third of thirty.
SLOTS = 10


@dataclass(frozen=True, eq=False)
class UnitsWindow:
    """One window's counts over the cells of units, shape (n_features, N_CELLS)."""

    names: tuple[str, ...]
    cells: tuple[UnitCells, ...]
    counts: Counts

    @cached_property
    def changes(self) -> Mapping[str, UnitChange]:
        """The features whose unit changed."""
        places = suspects(self.cells, self.counts).tolist()
        found = {self.names[place]: unit_change(self.cells[place], self.counts[place]) for place in places}
        return {name: change for name, change in found.items() if change is not None}


@dataclass(frozen=True, eq=False)
class UnitsView:
    """The shortest and the longest window by their names."""

    windows: Mapping[str, UnitsWindow]


class Units:
    """Counts numeric features over the cells of units."""

    def __init__(self, watched: WatchedModel) -> None:
        grid = watched.grid
        found = [(index, unit_cells(column)) for index, column in enumerate(grid.columns) if column.group == "feature"]
        kept = [(index, cells) for index, cells in found if cells is not None]
        places = np.array([index for index, _ in kept], dtype=np.intp)
        self._names = tuple(grid.columns[index].name for index, _ in kept)
        self._cells = tuple(cells for _, cells in kept)
        self._places, self._numeric = places, grid.numeric_place[places]
        self._means, self._spreads = grid.means[self._numeric, np.newaxis], grid.spreads[self._numeric, np.newaxis]
        self._ends = grid.missing_cells[places, np.newaxis] - 1
        self._starts = (np.arange(len(places)) * N_CELLS)[:, np.newaxis]
        by_length = sorted(watched.windows, key=lambda window: window.seconds)
        # The shortest shows a change soon, the longest confirms it; those between would add nothing.
        chosen = {window.name: window for window in (by_length[0], by_length[-1])}
        n = len(places) * N_CELLS
        self._windows = {name: RollingWindow(n, 0, window.seconds, SLOTS) for name, window in chosen.items()}

    def prepare(self, batch: Batch, located: Located) -> Located:
        """Return what was located; nothing else is needed."""
        return located

    def add(self, prepared: Located, times: Floats, now: float) -> None:
        """Count some samples of each slot."""
        for rows, held in stretches(list(self._windows.values()), times, now):
            if held and self._names:
                step = 1 + length_of(rows) // SAMPLES_LOOKED_AT
                own = slice(rows.start, rows.stop, step) if isinstance(rows, slice) else rows[::step]
                counts = self._counts(prepared.deviations[:, own][self._numeric], prepared.cells[:, own][self._places])
                for window, slot in held:
                    window.add(slot, counts, np.empty(0))

    def _counts(self, deviations: Floats, cells: NDArray[np.int32]) -> Counts:
        # Back to the values as they were sent: units are about their size.
        numbers = deviations * self._spreads + self._means
        places = located(self._cells, numbers) + self._starts
        return np.bincount(places[cells < self._ends], minlength=len(self._names) * N_CELLS)

    def view(self, now: float) -> UnitsView:
        """Return the counts."""
        shape = (len(self._names), N_CELLS)
        return UnitsView(
            {
                name: UnitsWindow(self._names, self._cells, window.totals(now)[0].reshape(shape))
                for name, window in self._windows.items()
            }
        )


def _build(watched: WatchedModel) -> Units | None:
    numeric = [column for column in watched.grid.columns if column.group == "feature" and column.numeric]
    return Units(watched) if numeric else None


KIND = DetectorKind("units", _build)
