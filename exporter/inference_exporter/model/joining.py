"""One batch of outcomes joined to one model: first in memory, then, without the lock, in the evaluation store."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..evaluation.found import Found
from ..samples.batch import ModelKey, OutcomeBatch
from .archive import Archive
from .performance import Performance
from .settling import JoinResult


class Resolved(NamedTuple):
    """What became of each outcome, shape (n,) each."""

    found: NDArray[np.bool_]
    """Whether it found its prediction."""
    wrong: NDArray[np.bool_]
    """Whether it is of the wrong kind."""
    unanswered: NDArray[np.bool_]
    """Whether the evaluation store could not be read."""

    @classmethod
    def nothing(cls, rows: int) -> "Resolved":
        """Return that of outcomes without any model."""
        return cls(*np.zeros((3, rows), dtype=np.bool_))


class OutcomeJoining:
    """Resolves the outcomes of a batch step by step."""

    def __init__(
        self, key: ModelKey, performance: Performance, archive: Archive | None, batch: OutcomeBatch, now: float
    ) -> None:
        self._key, self._performance, self._archive, self._batch = key, performance, archive, batch
        self._now = now
        self._times = np.where(np.isnan(batch.times), now, batch.times)
        self._outcomes = performance.accumulator.encode_outcomes(batch.values)
        # What the accumulator cannot encode is of another kind than the
        # predictions, a text for a regressor for example.
        self.wrong = np.isnan(self._outcomes)
        self.found: NDArray[np.bool_] = np.zeros(len(batch.ids), dtype=np.bool_)
        self._unanswered: NDArray[np.bool_] = np.zeros(len(batch.ids), dtype=np.bool_)
        self._late: NDArray[np.intp] = np.zeros(0, dtype=np.intp)
        self._repeated = 0

    def join_remembered(self) -> None:
        """Join what memory knows. The model's lock is held."""
        rows = np.flatnonzero(~self.wrong)
        ids = [self._batch.ids[row] for row in rows.tolist()]
        result = self._performance.join(ids, self._outcomes[rows], self._times[rows], self._now)
        self.found[rows] = result.found
        self._keep(rows, result)

    def look_up(self) -> Found | None:
        """Return the stored predictions of the other outcomes; None if there is nothing to join."""
        if self._archive is None:
            return None
        rows = np.flatnonzero(~self.found & ~self.wrong).tolist()
        last = {self._batch.ids[row]: row for row in rows}  # of several for one id the last counts
        self._late, self._repeated = np.array(list(last.values()), dtype=np.intp), len(rows) - len(last)
        if not last:
            return None
        found = self._archive.find(self._key, list(last))
        self._unanswered[rows] = found is None
        return found if found is not None and len(found.rows) else None

    def join_stored(self, found: Found, now: float) -> None:
        """Join what was found. The model's lock is held."""
        rows = self._late[found.rows]
        known = {self._batch.ids[row] for row in rows.tolist()}
        # Repetitions in the same batch are found too, though only the last of them counts.
        every = [row for row in np.flatnonzero(~self.found & ~self.wrong).tolist() if self._batch.ids[row] in known]
        repeated = len(every) - len(rows) if self._repeated else 0
        result = self._performance.join_stored(found, self._outcomes[rows], self._times[rows], now, repeated)
        self.found[every] = True
        self._keep(rows, result)

    @property
    def resolved(self) -> Resolved:
        """What became of each outcome."""
        return Resolved(self.found, self.wrong, self._unanswered)

    def _keep(self, rows: NDArray[np.intp], result: JoinResult) -> None:
        if self._archive is None or not len(result.rows):
            return
        chosen = rows[result.rows]
        ids = [self._batch.ids[row] for row in chosen.tolist()]
        values = [self._batch.values[row] for row in chosen.tolist()]
        self._archive.keep_outcomes(self._key, ids, values, self._times[chosen], result)
