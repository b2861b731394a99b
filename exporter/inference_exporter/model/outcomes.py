"""Joins late ground truth to remembered predictions by id, in bounded memory."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from sys import getsizeof

import numpy as np
from numpy.typing import NDArray

from ..arrays import Floats
from ..config.schema import LimitsConfig
from ..samples.batch import ModelKey, OutcomeBatch
from ..samples.ids import Hashes, hashes_of
from .id_index import IdIndex
from .lasting import grown
from .memory import Pool
from .settling import JoinResult, Waiting, settled

# A model without outcomes should not pay for the ring that it may grow to.
SLOTS_AT_FIRST = 1024
# A remembered prediction: four columns, the hash of its id, and up to four places in the table of hashes.
SLOT_BYTES = 60
# A waiting outcome, besides its id and value: its key and place in the order.
PENDING_BYTES = 400

LONG_AGO = -1e12  # before any window, so that a correction has nothing to undo


@dataclass(frozen=True, slots=True)
class JoinStatistics:
    """Counts since the start; `remembered` predictions have an id, `joined` of them an outcome."""

    remembered: int = 0
    joined: int = 0
    duplicates: int = 0
    corrections: int = 0
    expired: int = 0
    pending: int = 0


class OutcomeJoin:
    """The last `capacity` predictions with an id, as columns in a ring.

    An outcome is joined once: a repetition is a duplicate, another value is a
    correction that undoes the earlier one. A prediction that leaves the ring
    before its outcome arrives has expired. The ring starts small and grows while
    memory lasts.
    """

    def __init__(self, capacity: int, n_scores: int, memory: Pool | None = None) -> None:
        self._most = capacity
        self._memory = memory
        self._slot_bytes = SLOT_BYTES + np.dtype(np.float64).itemsize * n_scores
        self._taken = 0
        self._next = 0
        self._index = IdIndex()
        self._prediction, self._time, self._outcome, self._joined_time = (np.zeros(0) for _ in range(4))
        self._scores = np.zeros((0, n_scores))
        self._grow_to(min(capacity, SLOTS_AT_FIRST))
        self._remembered = self._joined = self._duplicates = self._corrections = self._expired = 0

    @property
    def statistics(self) -> JoinStatistics:
        """The counts so far."""
        waiting = self._remembered - self._joined - self._expired
        return JoinStatistics(
            self._remembered, self._joined, self._duplicates, self._corrections, self._expired, waiting
        )

    def remember(
        self, ids: Sequence[str], prediction: Floats, scores: Floats, times: Floats, *, is_stored: bool = False
    ) -> None:
        """Keep predictions until their outcome arrives; of predictions with the same id the last counts.

        With `is_stored`, a prediction that leaves the ring still waits, in the evaluation store.
        """
        self._grow(self._next + len(ids))
        self._next %= self._capacity  # only now: a full ring may have grown
        hashes = hashes_of(ids)
        if len(hashes) > self._capacity:
            expired = len(hashes) - self._capacity
            # A batch larger than the ring: its beginning would be overwritten at once.
            self._remembered += expired
            self._expired += 0 if is_stored else expired
            hashes, prediction = hashes[expired:], prediction[expired:]
            scores, times = scores[expired:], times[expired:]
        room = min(len(hashes), self._capacity - self._next)
        self._remember_in_a_row(hashes[:room], prediction[:room], scores[:room], times[:room], is_stored)
        if room < len(hashes):
            self._remember_in_a_row(hashes[room:], prediction[room:], scores[room:], times[room:], is_stored)

    @property
    def _capacity(self) -> int:
        return len(self._index)

    def _grow(self, wanted: int) -> None:
        """Double the ring before it would forget predictions, if allowed."""
        size = self._capacity
        while size < min(wanted, self._most):
            # Doubling copies each prediction about once over the life of the ring.
            size = min(2 * size, self._most)
        number = (size - self._capacity) * self._slot_bytes
        if number and (self._memory is None or self._memory.take(number)):
            self._taken += number
            self._grow_to(size)

    def _grow_to(self, size: int) -> None:
        self._index.grow(size)
        self._prediction, self._time, self._outcome, self._joined_time = (
            grown(column, size) for column in (self._prediction, self._time, self._outcome, self._joined_time)
        )
        self._scores = grown(self._scores, size)

    def reclaim(self) -> None:
        """Take from the pool the memory that a restored join holds."""
        if self._memory is not None:
            self._memory.held += self._taken

    def release(self) -> None:
        """Return the memory; the join is no longer used."""
        if self._memory is not None:
            self._memory.give_back(self._taken)
            self._taken = 0

    def _remember_in_a_row(
        self, hashes: Hashes, prediction: Floats, scores: Floats, times: Floats, is_stored: bool
    ) -> None:
        """Keep predictions in consecutive slots of the ring, starting at the next one."""
        start = self._next % self._capacity
        end = start + len(hashes)
        # Forgotten before the new ids are stored, so that one of them in both places is not counted twice.
        leaving = self._index.held(np.arange(start, end))
        if not is_stored:
            self._count_expired(leaving)
        self._index.forget(leaving)
        slots, last = np.arange(start, end), hashes
        ordered = np.sort(hashes)
        if (ordered[1:] == ordered[:-1]).any():
            is_last = _last_of_each(hashes)
            self._expired += int(np.count_nonzero(~is_last))
            slots, last = slots[is_last], hashes[is_last]
        self._count_expired(self._index.put(slots, last))
        self._prediction[start:end], self._scores[start:end], self._time[start:end] = prediction, scores, times
        # A slot is reused: the outcome of the prediction before must not show through.
        self._outcome[start:end] = np.nan
        self._remembered += len(hashes)
        self._next = end

    def _count_expired(self, slots: NDArray[np.intp]) -> None:
        """Count the forgotten predictions in these slots as expired unless they have an outcome."""
        self._expired += int(np.count_nonzero(np.isnan(self._outcome[slots])))

    def join(self, ids: Sequence[str], outcomes: Floats, times: Floats, now: float = np.inf) -> JoinResult:
        """Join outcomes (encoded, without NaN) to the remembered predictions.

        Parameters
        ----------
        ids : sequence of str, length n
        outcomes, times : ndarray of float, shape (n,)
        now : float
            Upper bound for the times of joined rows.
        """
        slots = self._index.find(hashes_of(ids))
        found = slots >= 0
        # Several outcomes for one prediction in a batch: the last one counts, the others are duplicates.
        last = _last_of_each(slots) & found
        rows, values, when = slots[last], outcomes[last], times[last]
        stored = Waiting(
            self._prediction[rows], self._scores[rows], self._time[rows], self._outcome[rows], self._joined_time[rows]
        )
        result, taken = settled(stored, values, when, now)
        self._outcome[rows[taken]] = values[taken]
        self._joined_time[rows[taken]] = result.added.times
        self._count(result, int(np.count_nonzero(found)))
        return replace(result, found=found, rows=np.flatnonzero(last)[taken])

    def recall(self, ids: Sequence[str]) -> Floats:
        """Return when the remembered predictions with some ids were made; NaN where none is remembered."""
        slots = self._index.find(hashes_of(ids))
        return np.where(slots >= 0, self._time[slots], np.nan)

    def know(self, ids: Sequence[str], outcomes: Floats, joined: Floats) -> None:
        """Take over what a fleet knows of remembered predictions: their outcomes (NaN without), and since when."""
        slots = self._index.find(hashes_of(ids))
        found = slots >= 0
        self._outcome[slots[found]], self._joined_time[slots[found]] = outcomes[found], joined[found]

    def join_stored(
        self, stored: Waiting, outcomes: Floats, times: Floats, now: float, repeated: int = 0
    ) -> JoinResult:
        """Join outcomes to predictions that left the ring and were found in the evaluation store.

        One outcome each; `repeated` others came for the same predictions at once.
        """
        # As in `forget_after`: joins ahead of the clock are in no window any more.
        late = stored._replace(joined=np.where(stored.joined > now, LONG_AGO, stored.joined))
        result, taken = settled(late, outcomes, times, now)
        self._count(result, len(outcomes) + repeated)
        return replace(result, found=np.ones(len(outcomes), dtype=np.bool_), rows=np.flatnonzero(taken))

    def _count(self, result: JoinResult, found: int) -> None:
        first = int(np.count_nonzero(result.first))
        self._joined += first
        self._corrections += len(result.first) - first
        self._duplicates += found - len(result.first)

    def expire(self, number: int) -> None:
        """Count predictions that no outcome can find any more."""
        self._expired += number

    def forget_after(self, now: float) -> None:
        """Move joins after `now` back to it: the windows lost them when the clock was set back."""
        self._joined_time[self._joined_time > now] = LONG_AGO


def _last_of_each(slots: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which rows are the last of their slot; shape (n,)."""
    _, first_from_behind = np.unique(slots[::-1], return_index=True)
    last = np.zeros(len(slots), dtype=np.bool_)
    last[len(slots) - 1 - first_from_behind] = True
    return last


class PendingOutcomes:
    """Outcomes that arrived before their prediction; beyond `capacity` or `max_bytes` the oldest are pushed out."""

    BUILT = ("_capacity", "_max_bytes")

    def __init__(self, capacity: int, max_bytes: int = LimitsConfig().early_outcomes_memory) -> None:
        self._capacity, self._max_bytes = capacity, max_bytes
        self._bytes = 0
        self._waiting: OrderedDict[tuple[str, str], tuple[ModelKey, object, float]] = OrderedDict()
        self._unanswered: dict[tuple[str, str], bool] = {}
        self.dropped = 0

    @property
    def unanswered(self) -> int:
        """How many are to be looked up again because the evaluation store did not answer."""
        return sum(self._unanswered.values())

    @property
    def to_look_up(self) -> int:
        """How many are to be looked up again; in a fleet also those whose prediction another replica may have got."""
        return len(self._unanswered)

    def __len__(self) -> int:
        return len(self._waiting)

    def put(
        self,
        key: ModelKey,
        name: str,
        value: object,
        time: float,
        *,
        look_up_again: bool = False,
        unanswered: bool = True,
    ) -> None:
        """Keep an outcome; a later one for the same id replaces it."""
        place = (key.model, name)
        self._remove(place)
        self._waiting[place] = (key, value, time)
        if look_up_again:
            self._unanswered[place] = unanswered
        self._bytes += _bytes_of(name, value)
        while len(self._waiting) > self._capacity or self._bytes > self._max_bytes:
            self._remove(next(iter(self._waiting)))
            self.dropped += 1

    def put_all(self, early: OutcomeBatch, unanswered: Sequence[bool], *, look_up_all: bool = False) -> None:
        """Keep outcomes; those that the evaluation store did not answer about are looked up again, or all."""
        for name, value, time, again in zip(early.ids, early.values, early.times.tolist(), unanswered, strict=True):
            self.put(early.key, name, value, time, look_up_again=again or look_up_all, unanswered=again)

    def _remove(self, place: tuple[str, str]) -> None:
        entry = self._waiting.pop(place, None)
        self._unanswered.pop(place, None)
        if entry is not None:
            self._bytes -= _bytes_of(place[1], entry[1])

    def take_unanswered(self, number: int) -> list[OutcomeBatch]:
        """Remove and return some that are to be looked up again, by model, the oldest first."""
        by_key: dict[ModelKey, list[tuple[str, object, float]]] = {}
        for place in list(islice(self._unanswered, number)):
            key, value, time = self._waiting[place]
            by_key.setdefault(key, []).append((place[1], value, time))
            self._remove(place)
        return [
            OutcomeBatch(key, names, values, np.array(times))
            for key, rows in by_key.items()
            for names, values, times in [zip(*rows, strict=True)]
        ]

    def take(self, key: ModelKey, ids: Sequence[str]) -> list[tuple[str, object, float]]:
        """Remove and return the outcomes that wait for predictions of a model."""
        if not self._waiting:
            return []
        taken = []
        for name in ids:
            # Outcomes may come without the name of the model; the place in the order is by name and id alone.
            for model in (key.model, ""):
                entry = self._waiting.get((model, name))
                if entry is not None and all(part in ("", own) for part, own in zip(entry[0], key, strict=True)):
                    self._remove((model, name))
                    taken.append((name, entry[1], entry[2]))
        return taken


def _bytes_of(name: str, value: object) -> int:
    return PENDING_BYTES + getsizeof(name) + getsizeof(value)
