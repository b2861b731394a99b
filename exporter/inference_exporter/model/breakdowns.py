"""Breakdowns: realised performance of parts, from columns that are remembered beside each prediction."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from ..arrays import Counts, Floats
from ..config.schema import Window
from ..samples.batch import Batch
from ..windows.ring import RollingWindow
from .settling import Joined


class Breakdown(Protocol):
    """One way to divide joined predictions; its state is plain, so that it survives a restart."""

    key: str
    width: int
    """Number of columns to remember for each prediction."""
    n_counts: int
    n_sums: int

    def encode(self, batch: Batch) -> Floats:
        """Return the columns of a batch, shape (size, width), NaN where nothing is to be counted."""

    def add_up(self, joined: Joined, columns: Floats) -> tuple[Counts, Floats]:
        """Return the counts and sums of joined rows as flat vectors."""


class Breakdowns:
    """The breakdowns of one model, and their windows. Guarded by the monitor's lock."""

    def __init__(self, parts: Sequence[Breakdown], windows: Sequence[Window], n_scores: int) -> None:
        self.parts = list(parts)
        self._n_scores = n_scores
        self._windows = {
            part.key: {each.name: RollingWindow(part.n_counts, part.n_sums, each.seconds) for each in windows}
            for part in parts
        }

    @property
    def width(self) -> int:
        """Number of columns of all breakdowns."""
        return sum(part.width for part in self.parts)

    def encode(self, scores: Floats, batch: Batch) -> Floats:
        """Return the scores of a batch, and the columns of each breakdown beside them."""
        # One matrix for all, so that the ring of predictions has a single array to copy and to grow.
        return np.hstack([scores, *(part.encode(batch) for part in self.parts)]) if self.parts else scores

    def book(self, joined: Joined, held: Sequence[tuple[str, int]], sign: int) -> None:
        """Add rows to a slot of each of the named windows, or undo them.

        Rows from the evaluation store have scores alone: they are in no part.
        """
        start = self._n_scores
        # The store keeps no columns of breakdowns: their meaning changes with the configuration.
        if joined.scores.shape[1] < start + self.width:
            return
        for part in self.parts:
            counts, sums = part.add_up(joined, joined.scores[:, start : start + part.width])
            for name, slot in held:
                self._windows[part.key][name].add(slot, sign * counts, sign * sums)
            start += part.width

    def advance(self, now: float) -> None:
        """Forget what has left the windows."""
        for windows in self._windows.values():
            for window in windows.values():
                window.advance(now)

    def totals(self, key: str, name: str, now: float) -> tuple[Counts, Floats]:
        """Return the counts and sums of a breakdown in a window."""
        return self._windows[key][name].totals(now)
