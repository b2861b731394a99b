"""Outbox: the queue of one kind of message between many callers and one sender."""

import sys
from collections import defaultdict, deque
from itertools import count
from threading import Event, RLock

from .compiled import Gate
from .statistics import Flow
from .weight import SMALL_TYPES, weight_of

NEVER = sys.maxsize
# While all messages are light, one in this many is weighed.
ONE_IN = 64
# A message is light if at least this many of its weight fit.
LIGHT_MESSAGES = 1024
# After this many light messages in a row, only some are weighed again.
LIGHT_RUN = 64
# The number of light messages that fit falls at once when they grow, and rises slowly when they shrink.
FADING = 1 / 64
# With a gate, a message up to this factor above the heaviest one so far need not be weighed twice.
HEADROOM = 1.25

Entry = tuple[object, ...]
"""One message as reported: a value for each field of the outbox."""


class Weighed(tuple[object, ...]):
    """An entry whose weight counts in `Outbox.heavy_bytes`."""

    weight = 0


class Gone:
    """Placeholder for an entry dropped from the middle of the queue."""


class Outbox:
    """A bounded queue and its counters.

    Callers put without a lock: they tick, compare the queue's length with
    `attention`, and append, each an atomic operation. Threads that put at the
    same moment can therefore exceed the limit by their number minus one. At
    `attention` and above the caller must act: drop the message, weigh it, or
    wake the sender. Counters that only the sender writes need no lock. Both
    sides count drops, under a reentrant lock, because a signal handler may put.

    Memory is bounded without weighing each message, which would cost more than
    appending it. Heavy messages are always weighed, light ones only sometimes;
    `room` is how many of the heaviest light message fit in addition to the heavy ones.
    All messages are weighed at first, and while heavy ones arrive.

    Where it is compiled, a gate weighs every message of `observe`, and puts those
    that are plain and no heavier than `gate.ceiling`, while the queue is shorter
    than `gate.attention`; all others are put carefully. No light message in the
    queue is heavier than the ceiling, so `most_bytes` holds whatever comes.
    """

    __slots__ = (
        "_dropped",
        "_heavy",
        "_light_run",
        "_lock",
        "_most",
        "_reads",
        "_typical",
        "_weigh_from",
        "_weighs_all",
        "acknowledged",
        "attention",
        "entries",
        "fields",
        "gate",
        "gone",
        "heavy_bytes",
        "heavy_from",
        "in_flight",
        "kind",
        "marks",
        "most_bytes",
        "refusal",
        "rejected",
        "ring_from",
        "ring_from_bytes",
        "room",
        "tick",
    )

    def __init__(
        self,
        kind: str,
        fields: tuple[str, ...],
        room: int,
        refusal: str = "queue_full",
        most_bytes: int = NEVER,
    ) -> None:
        self.kind = kind
        self.fields = fields
        self.entries: deque[Entry | Event | Gone] = deque()
        self.room = self._most = room
        self.refusal = refusal
        self.most_bytes = most_bytes
        self.heavy_from = most_bytes // LIGHT_MESSAGES
        self._typical = 0.0
        self._light_run = 0
        self._weighs_all = True
        self._weigh_from = 0
        self.attention = 0
        self.heavy_bytes = self._heavy = 0
        # A caller wakes the sender when this many messages are queued, or when heavy ones weigh this much.
        self.ring_from = 0
        self.ring_from_bytes = NEVER
        self.gate = None if Gate is None else Gate(self.entries, SMALL_TYPES)
        # next() of an itertools.count is atomic; += on an attribute may not be.
        self.tick = count().__next__ if self.gate is None else self.gate.tick
        self.in_flight = self.acknowledged = self.rejected = 0
        self._reads = self.marks = self.gone = 0
        self._dropped: defaultdict[str, int] = defaultdict(int)
        self._lock = RLock()

    def shut(self, refusal: str) -> None:
        """Drop all further messages for this reason."""
        with self._lock:
            self.refusal = refusal
            self.room = self._most = 0
            self._attend()

    def listen(self, messages: int, heavy_bytes: int = NEVER) -> None:
        """Ask callers to wake the sender at this queue length, or at this many bytes of heavy messages."""
        with self._lock:
            self.ring_from, self.ring_from_bytes = messages, heavy_bytes
            self._weigh_from = 0 if self._weighs_all else min(self._weigh_from, len(self.entries) + ONE_IN)
            if self.gate is not None and self._typical:
                self._typical = self.gate.relax(HEADROOM)
            self._make_room()
            self._attend()

    def _attend(self) -> None:
        self.attention = min(self.room, self.ring_from, self._weigh_from)
        if self.gate is not None:
            self.gate.attention = min(self.room, self.ring_from)

    def _make_room(self) -> None:
        if self._typical:
            light = int((self.most_bytes - self.heavy_bytes) / self._typical)
            self.room = max(min(self._most, self._heavy + light), 0)

    def drop(self, reason: str, messages: int = 1) -> None:
        """Count dropped messages."""
        with self._lock:
            self._dropped[reason] += messages

    def put(self, entry: Entry) -> bool:
        """Append a message if there is room; return whether to wake the sender."""
        waiting = len(self.entries)
        if waiting >= self.attention:
            return self.put_carefully(entry, waiting)
        self.entries.append(entry)
        return False

    def put_carefully(self, entry: Entry, waiting: int) -> bool:
        """Put at `attention` and above: weigh, drop or append; return whether to wake the sender."""
        if waiting >= self.room:
            self.drop(self.refusal)
            return False
        weight = weight_of(entry) if waiting >= self._weigh_from else 0
        with self._lock:
            if self._is_light(weight):
                self._put_light(entry, weight, waiting)
            else:
                self._put_heavy(entry, weight)
            self._make_room()
            self._attend()
        return waiting >= self.ring_from or self.heavy_bytes >= self.ring_from_bytes

    def _is_light(self, weight: int) -> bool:
        gate = self.gate
        if gate is None or weight > self.heavy_from:
            return weight <= self.heavy_from
        gate.largest = max(gate.largest, weight)
        higher = int(weight * HEADROOM)
        # With messages in the queue, the ceiling rises only if as many fit as before.
        if weight > gate.ceiling and (not gate.ceiling or higher * self._most <= self.most_bytes):
            self._typical = gate.ceiling = higher
        return weight <= gate.ceiling

    def _put_light(self, entry: Entry, weight: int, waiting: int) -> None:
        self.entries.append(entry)
        if not weight or self.gate is not None:
            return
        self._light_run += 1
        if self._light_run >= LIGHT_RUN:
            self._weighs_all = False
            self._weigh_from = waiting + ONE_IN
        self._typical = max(weight, self._typical * (1 - FADING))

    def _put_heavy(self, entry: Entry, weight: int) -> None:
        self.weigh_all()
        if weight <= self.most_bytes // 2 and self._fits(weight):
            self.entries.append(self._weighed(entry, weight))
        else:
            self._refuse(weight)

    def _fits(self, weight: int) -> bool:
        light_bytes = (len(self.entries) - self._heavy) * self._typical
        return self.heavy_bytes + light_bytes + weight <= self.most_bytes

    def _refuse(self, weight: int) -> None:
        self.drop("too_large" if weight > self.most_bytes // 2 else self.refusal)

    def weigh_all(self) -> None:
        """Weigh every message from now on, after a heavy one."""
        with self._lock:
            self._weighs_all, self._light_run, self._weigh_from = True, 0, 0
            self._attend()

    def _weighed(self, entry: Entry, weight: int) -> Weighed:
        self.heavy_bytes += weight
        self._heavy += 1
        weighed = Weighed(entry)
        weighed.weight = weight
        return weighed

    def weigh_waiting(self) -> None:
        """Weigh queued messages, and drop those that are too heavy. Called by the sender while it cannot send."""
        for place, entry in enumerate(self.entries.copy()):
            if type(entry) is tuple and (weight := weight_of(entry)) > self.heavy_from:
                with self._lock:
                    self.weigh_all()
                    fits = weight <= self.most_bytes // 2 and self._fits(weight)
                    try:
                        self.entries[place] = self._weighed(entry, weight) if fits else Gone()
                    except IndexError:  # abandoned meanwhile
                        return
                    if not fits:
                        self.gone += 1
                        self._refuse(weight)

    def abandon(self, reason: str) -> None:
        """Drop all queued messages."""
        while (entry := self._pop()) is not None:
            if isinstance(entry, Event):
                entry.set()
            else:
                self.drop(reason)

    def mark(self) -> Event:
        """Return an event that is set when all messages queued now are settled."""
        marker = Event()
        with self._lock:
            self.marks += 1
            self.entries.append(marker)
        return marker

    def take(self) -> Entry | Event | None:
        """Take the oldest message or mark; None if the queue is empty."""
        entry = self._pop()
        if isinstance(entry, tuple):
            self.in_flight += 1
        return entry

    def _pop(self) -> Entry | Event | None:
        while True:
            try:
                entry = self.entries.popleft()
            except IndexError:
                return None
            if type(entry) is tuple:
                return entry
            with self._lock:
                if isinstance(entry, Gone):
                    self.gone -= 1
                    continue
                if isinstance(entry, Event):
                    self.marks -= 1
                elif isinstance(entry, Weighed):
                    self.heavy_bytes -= entry.weight
                    self._heavy -= 1
                    self._make_room()
                    self._attend()
            return entry

    def settle(self, acknowledged: int, rejected: int) -> None:
        """Count messages in flight as answered by the exporter."""
        self.acknowledged += acknowledged
        self.rejected += rejected
        self.in_flight -= acknowledged + rejected

    def give_up(self, reason: str, messages: int) -> None:
        """Count messages in flight as dropped."""
        self.drop(reason, messages)
        self.in_flight -= messages

    def flow(self) -> Flow:
        """Return the current counters."""
        with self._lock:
            observed = self.tick() - self._reads  # reading a count advances it
            self._reads += 1
            return Flow(
                observed=observed,
                acknowledged=self.acknowledged,
                rejected=self.rejected,
                dropped=dict(self._dropped),
                queued=len(self.entries) - self.marks - self.gone,
                in_flight=self.in_flight,
            )
