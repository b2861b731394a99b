"""Outbox: messages of one kind on their way from many callers to the one sender."""

import sys
from collections import defaultdict, deque
from itertools import count
from threading import Event, RLock

from .statistics import Flow

NEVER = sys.maxsize

Entry = tuple[object, ...]
"""One message as it was handed over: a value for each of the outbox's fields."""


class Outbox:
    """A bounded queue and its accounts.

    Callers put without a lock: they tick, compare the queue's length with
    `room`, and append; each of the three is one atomic operation. So threads
    that put at the same moment can exceed the bound by their number less one.
    What the sender alone writes needs no lock either. Drops, which both sides
    write, are counted under a reentrant one: a signal handler may put, too.
    """

    __slots__ = (
        "_dropped",
        "_lock",
        "_reads",
        "acknowledged",
        "entries",
        "fields",
        "in_flight",
        "kind",
        "marks",
        "refusal",
        "rejected",
        "ring_from",
        "room",
        "tick",
    )

    def __init__(self, kind: str, fields: tuple[str, ...], room: int, refusal: str = "queue_full") -> None:
        self.kind = kind
        self.fields = fields
        self.entries: deque[Entry | Event] = deque()
        self.room = room
        self.refusal = refusal
        # A caller that finds this many messages before its own wakes the sender.
        self.ring_from = 0
        # next() of an itertools.count is atomic, where += on an attribute need not be.
        self.tick = count().__next__
        self.in_flight = self.acknowledged = self.rejected = 0
        self._reads = self.marks = 0
        self._dropped: defaultdict[str, int] = defaultdict(int)
        self._lock = RLock()

    def shut(self, refusal: str) -> None:
        """Refuse all that comes from now on, for this reason."""
        self.refusal = refusal
        self.room = 0

    def drop(self, reason: str, messages: int = 1) -> None:
        """Count messages that will not be sent."""
        with self._lock:
            self._dropped[reason] += messages

    def abandon(self, reason: str) -> None:
        """Drop all that is queued."""
        while (entry := self._pop()) is not None:
            if isinstance(entry, Event):
                entry.set()
            else:
                self.drop(reason)

    def mark(self) -> Event:
        """Return an event that is set once all that is queued now has been settled."""
        marker = Event()
        with self._lock:
            self.marks += 1
            self.entries.append(marker)
        return marker

    def take(self) -> Entry | Event | None:
        """Take the oldest message into flight, or the oldest mark; None when there is neither."""
        entry = self._pop()
        if isinstance(entry, tuple):
            self.in_flight += 1
        return entry

    def _pop(self) -> Entry | Event | None:
        try:
            entry = self.entries.popleft()
        except IndexError:
            return None
        if isinstance(entry, Event):
            with self._lock:
                self.marks -= 1
        return entry

    def settle(self, acknowledged: int, rejected: int) -> None:
        """Count messages that were in flight as answered by the exporter."""
        self.acknowledged += acknowledged
        self.rejected += rejected
        self.in_flight -= acknowledged + rejected

    def give_up(self, reason: str, messages: int) -> None:
        """Count messages that were in flight as dropped."""
        self.drop(reason, messages)
        self.in_flight -= messages

    def flow(self) -> Flow:
        """Return the accounts of this moment."""
        with self._lock:
            observed = self.tick() - self._reads  # reading a count advances it
            self._reads += 1
            return Flow(
                observed=observed,
                acknowledged=self.acknowledged,
                rejected=self.rejected,
                dropped=dict(self._dropped),
                queued=len(self.entries) - self.marks,
                in_flight=self.in_flight,
            )
