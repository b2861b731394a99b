"""The kind of concept drift: sudden, gradual, or recurring."""

from typing import NamedTuple

import numpy as np

from ..arrays import Floats
from ..measures.change_shape import change_shape
from .loss_history import LossHistory

KINDS = ("sudden", "gradual", "recurring")
LEVELS_AT_MOST = 10
FEWEST = 100
"""Outcomes that a level of errors must rest on."""
CLOSE = 0.25
"""Of the rise: how far two levels may be apart and still be the same."""
GROWTH = 1.02
"""Of the number of outcomes, from one look to the next."""


class KindOfDrift(NamedTuple):
    """`kind` is one of `KINDS`, or empty while the outcomes fit more than one; `began` is NaN if unknown."""

    kind: str
    began: float


NO_DRIFT = KindOfDrift("", float("nan"))


class Level(NamedTuple):
    """Mean of some losses, and its standard error."""

    mean: float
    error: float


class DriftKind:
    """Losses so far, and the levels of earlier drifts that are over. Guarded by the owner's lock."""

    def __init__(self) -> None:
        self._history = LossHistory()
        self._levels: list[Level] = []
        self._healthy_since = float("nan")
        self._looked_at = 0.0
        self._found = NO_DRIFT

    def add(self, losses: Floats, now: float) -> None:
        """Add losses that became known by `now`."""
        self._history.add(losses, now)

    def drifted(self) -> None:
        """Begin to look for the kind of a new drift."""
        self._looked_at, self._found = 0.0, NO_DRIFT

    def recovered(self, began: float, ended: float) -> None:
        """Remember how large errors were in a drift that is over; both times are estimates."""
        blocks = self._history.since(began)
        # When errors rose is certain by now, but not when they fell: the fall is sought like a rise, of 1 - loss.
        n, total, squares, times = blocks.T
        fall = change_shape(n, n - total, n - 2 * total + squares)
        if fall is not None:
            during = np.cumsum(n) <= fall.began
            level, self._healthy_since = _level(blocks[during]), float(times[np.searchsorted(np.cumsum(n), fall.ended)])
        else:
            level, self._healthy_since = _level(blocks[times <= ended]), ended
        if level is not None:
            self._levels = [*self._levels, level][-LEVELS_AT_MOST:]

    def view(self) -> KindOfDrift:
        """Return the kind of the present drift, looked at anew when there are some more outcomes."""
        blocks = self._history.since(self._healthy_since)
        number = float(blocks[:, 0].sum())
        if number >= GROWTH * self._looked_at:
            self._looked_at, self._found = number, self._look(blocks)
        return self._found

    def _look(self, blocks: Floats) -> KindOfDrift:
        shape = change_shape(blocks[:, 0], blocks[:, 1], blocks[:, 2])
        if shape is None:
            return NO_DRIFT
        ends = np.cumsum(blocks[:, 0])
        before = blocks[ends <= shape.began]
        # Of a rise that goes on, the latest third is closest to where it is now.
        settled = min(shape.ended, ends[-1] - (ends[-1] - shape.began) / 3)
        began = float(blocks[np.searchsorted(ends, shape.began), 3]) if shape.began else float("nan")
        if self._is_known(_level(before), _level(blocks[ends > settled])):
            return KindOfDrift("recurring", began)
        return KindOfDrift({None: "", True: "gradual", False: "sudden"}[shape.gradual], began)

    def _is_known(self, before: Level | None, level: Level | None) -> bool:
        """Return whether errors are as large again as in an earlier drift."""
        if before is None or level is None:
            return False
        return any(
            abs(level.mean - earlier.mean)
            <= max(3 * float(np.hypot(level.error, earlier.error)), CLOSE * (earlier.mean - before.mean))
            for earlier in self._levels
        )


def _level(blocks: Floats) -> Level | None:
    """Return the level of some blocks; None if they have too few outcomes."""
    n, total, squares, _ = blocks.sum(axis=0).tolist()
    if n < FEWEST:
        return None
    return Level(total / n, float(np.sqrt(max(squares / n - (total / n) ** 2, 0.0) / n)))
