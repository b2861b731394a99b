"""One batch of outcomes joined to one model of a fleet: each is claimed in the shared store before it counts.

Predictions are in this replica's memory, or in the store. The claim says what this replica has counted for each
before: nothing for the first outcome, the same outcome for one that any replica has counted.
"""

from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import AbstractContextManager

import numpy as np
from numpy.typing import NDArray

from ..arrays import Column, Floats
from ..evaluation.found import Found
from ..samples.batch import Batch, ModelKey, OutcomeBatch
from .archive import Archive, Known
from .joining import Resolved
from .performance import Performance

Numbers = NDArray[np.intp]
Lock = AbstractContextManager[object]


class OutcomeClaiming:
    """Resolves the outcomes of a batch step by step; steps with the store are done without the model's lock."""

    def __init__(self, key: ModelKey, archive: Archive, batch: OutcomeBatch, now: float) -> None:
        self._key, self._archive, self._batch, self._now = key, archive, batch, now
        n = len(batch.ids)
        self._times = np.where(np.isnan(batch.times), now, batch.times)
        last = {name: row for row, name in enumerate(batch.ids)}  # of several for one id the last counts
        self._last = np.array(list(last.values()), dtype=np.intp)
        self._predicted: Floats = np.full(n, np.nan)
        self._found: Found | None = None
        self._outcomes: Floats = np.full(n, np.nan)
        self._claimed, self._known = np.zeros(0, dtype=np.intp), Known((), np.zeros(0))
        self.wrong, self.found, self._unanswered = np.zeros((3, n), dtype=np.bool_)

    def run(self, lock: Lock, performance_with: Callable[[Batch | None], Performance | None], wall: float) -> Resolved:
        """Join them; returns what became of each.

        `lock` is the model's. With it held, `performance_with` returns its performance to be changed, if there is one;
        predictions of another replica may begin it.
        """
        with lock:
            self.recall(performance_with(None))
        found = self.look_up()
        with lock:
            performance = performance_with(found)
            if performance is None:
                return self.resolved
            self.encode(performance)
        self.claim()
        with lock:
            performance_with(None)
            self.join(performance)
            if self.found.any():
                performance.last_outcome = wall
        return self.resolved

    def recall(self, performance: Performance | None) -> None:
        """Ask memory for the predictions. The model's lock is held."""
        if performance is not None:
            self._predicted = performance.recall(self._batch.ids)
        self._is_remembered = ~np.isnan(self._predicted)

    def look_up(self) -> Batch | None:
        """Ask the store for the others; returns what was found as a batch of predictions, None if nothing was."""
        rows = self._last[~self._is_remembered[self._last]]
        if not len(rows):
            return None
        found = self._archive.find(self._key, self._ids(rows))
        if found is None:
            self._unanswered[self._same_id(rows)] = True
        if found is None or not len(found.rows):
            return None
        self._found = found._replace(rows=rows[found.rows])
        self._predicted[self._found.rows] = found.times
        scores: dict[str, Column] = dict(found.scores)
        return Batch(len(found.rows), self._key, found.times, prediction=found.prediction, scores=scores)

    def encode(self, performance: Performance) -> None:
        """Find outcomes of the wrong kind, which must not be claimed. The model's lock is held."""
        self._outcomes = performance.accumulator.encode_outcomes(self._batch.values)
        self.wrong = np.isnan(self._outcomes)

    def claim(self) -> None:
        """Claim the outcomes whose prediction is known."""
        rows = self._last[~np.isnan(self._predicted[self._last]) & ~self.wrong[self._last]]
        if not len(rows):
            return
        values = [self._batch.values[row] for row in rows.tolist()]
        known = self._archive.claim(
            self._key, self._ids(rows), self._predicted[rows], values, self._times[rows], self._now
        )
        if known is None:
            self._unanswered[self._same_id(rows)] = True
            return
        self._claimed, self._known = rows, known

    def join(self, performance: Performance) -> None:
        """Count what was claimed. The model's lock is held."""
        known = performance.accumulator.encode_outcomes(self._known.outcomes)
        self._join_remembered(performance, known)
        self._join_found(performance, known)

    def _join_remembered(self, performance: Performance, known: Floats) -> None:
        at = np.flatnonzero(self._is_remembered[self._claimed])
        if not len(at):
            return
        performance.know(self._ids(self._claimed[at]), known[at], self._known.joined[at])
        rows = self._same_id(self._claimed[at])
        performance.join(self._ids(rows), self._outcomes[rows], self._times[rows], self._now)
        self.found[rows] = True

    def _join_found(self, performance: Performance, known: Floats) -> None:
        if self._found is None:
            return
        place = np.full(len(self._batch.ids), -1, dtype=np.intp)
        place[self._claimed] = np.arange(len(self._claimed))
        at = np.flatnonzero(place[self._found.rows] >= 0)
        if not len(at):
            return
        rows, of_claim = self._found.rows[at], place[self._found.rows[at]]
        found = Found(
            rows, self._found.times[at], _rows_of(self._found.prediction, at),
            {name: column[at] for name, column in self._found.scores.items()},
            [self._known.outcomes[number] for number in of_claim.tolist()], self._known.joined[of_claim],
        )  # fmt: skip
        every = self._same_id(rows)
        performance.join_stored(found, self._outcomes[rows], self._times[rows], self._now, len(every) - len(rows))
        self.found[every] = True

    @property
    def resolved(self) -> Resolved:
        """What became of each outcome."""
        return Resolved(self.found, self.wrong, self._unanswered)

    def _ids(self, rows: Numbers) -> list[str]:
        return [self._batch.ids[row] for row in rows.tolist()]

    def _same_id(self, rows: Numbers) -> Numbers:
        """Return all rows with the ids of some, those of the wrong kind left out."""
        if len(self._last) == len(self._batch.ids):
            return rows
        ids = set(self._ids(rows))
        same = [row for row, name in enumerate(self._batch.ids) if name in ids and not self.wrong[row]]
        return np.array(same, dtype=np.intp)


def unwatched(archive: Archive, batch: OutcomeBatch, watched: Container[ModelKey]) -> Iterator[ModelKey]:
    """Yield models that only other replicas watch, and that made predictions which these outcomes belong to."""
    for key in archive.keys:
        is_meant = all(part in ("", own) for part, own in zip(batch.key, key, strict=True))
        if is_meant and key not in watched:
            found = archive.find(key, list(batch.ids))
            if found is not None and len(found.rows):
                yield key


def _rows_of(column: Column, rows: Numbers) -> Sequence[object]:
    return [column[row] for row in rows.tolist()]
