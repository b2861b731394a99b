"""Stream: recorded samples of one model, handed out step by step."""

from collections.abc import Iterator

import numpy as np

from ..samples.batch import Batch, OutcomeBatch
from ..samples.batch_rows import batch_rows
from .roles import Piece


class Stream:
    """Hands out pieces in order of event time, cut where a look falls between their rows."""

    def __init__(self, pieces: Iterator[Piece]) -> None:
        self._pieces = pieces
        self._rest: Batch | None = None
        self.outcomes: list[OutcomeBatch] = []
        self._fetch()

    def _fetch(self) -> None:
        self._rest = None
        for piece in self._pieces:
            if piece.outcomes is not None and piece.outcomes.ids:
                self.outcomes.append(piece.outcomes)
            if piece.batch.size:
                self._rest = piece.batch
                return

    @property
    def next_time(self) -> float:
        """The time of the next sample, infinite after the last."""
        return float("inf") if self._rest is None else float(self._rest.times[0])

    def until(self, end: float) -> Iterator[Batch]:
        """Yield the samples before `end` that were not handed out before."""
        while self._rest is not None and self._rest.times[0] < end:
            batch = self._rest
            if batch.times[-1] < end:
                self._fetch()
                yield batch
                continue
            cut = int(np.searchsorted(batch.times, end, side="left"))
            self._rest = batch_rows(batch, slice(cut, None))
            yield batch_rows(batch, slice(0, cut))


class Outcomes:
    """Outcomes that wait until they became known."""

    def __init__(self) -> None:
        self._waiting: list[OutcomeBatch] = []

    def put(self, batches: list[OutcomeBatch]) -> None:
        """Add waiting outcomes; the list is emptied."""
        self._waiting += batches
        batches.clear()

    def due(self, end: float) -> Iterator[OutcomeBatch]:
        """Yield those known before `end`; without a time they are known at once."""
        waiting, self._waiting = self._waiting, []
        for batch in waiting:
            # Negated, so that NaN, an unknown time, counts as now.
            now = ~(batch.times >= end)
            if now.any():
                yield outcome_rows(batch, np.flatnonzero(now))
            if not now.all():
                self._waiting.append(outcome_rows(batch, np.flatnonzero(~now)))


def outcome_rows(batch: OutcomeBatch, rows: np.ndarray) -> OutcomeBatch:
    """Return some rows of a batch of outcomes."""
    if len(rows) == len(batch.ids):
        return batch
    places = rows.tolist()
    ids, values = [batch.ids[row] for row in places], [batch.values[row] for row in places]
    return OutcomeBatch(batch.key, ids, values, batch.times[rows])
