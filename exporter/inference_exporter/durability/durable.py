"""Durable: writes down what arrives, takes snapshots, and after a restart restores what was known."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from ..errors import DecodeError, StoreFault
from ..evaluation.store import EvaluationStore
from ..failures import Failures
from ..intake.http import Intake
from ..model.fleet import Fleet
from ..samples.batch import ModelKey
from ..store.aside import REFUSED_AS, SameBodies
from ..store.counting import Counting
from ..store.journal import BODY, BODY_ASIDE, EXPIRY, LEARNED, LOOK, RETRY, SETTLED, Entry, Journal
from ..store.snapshots import Snapshots
from ..store.state import StoreState
from ..store.turns import InOrder
from . import state
from .arrival_clock import ArrivalClock
from .due import SnapshotsDue, Stopwatch
from .lookups import LookupRetries
from .requests import entry_of, environ_of

log = logging.getLogger(__name__)

# Bounds how long notes without a request wait to be written.
TICK_SECONDS = 0.5
SHOW_PROGRESS_SECONDS = 0.2

DEATHS_AT_MOST = 2
"""A worker may be killed once while it counts an entry, by chance; not twice."""

Progress = Callable[[str], None]
"""Called with words about how far a start is."""
AFTER = "after"
"""Names the last entry in what was settled."""
SET_ASIDE = "set aside"
"""Begins the words after which another death is not a failure to start: it is about another entry."""


class Restored(NamedTuple):
    """What the last start restored."""

    entries: int = 0
    seconds: float = 0.0


class Durable:
    """The journal and snapshots of a running sidecar. Thread-safe.

    Parameters
    ----------
    fleet, intake
        Hold the state.
    parts : mapping of str to object
        Other objects with state, by name.
    clock : ArrivalClock
        The clock that `intake` reads.
    """

    def __init__(
        self,
        journal: Journal,
        snapshots: Snapshots,
        fleet: Fleet,
        intake: Intake,
        parts: Mapping[str, object],
        clock: ArrivalClock,
        failures: Failures,
        size_at_most: int,
        evaluation: EvaluationStore | None = None,
    ) -> None:
        self._evaluation = evaluation
        self.journal, self._snapshots = journal, snapshots
        self._fleet, self._intake, self._parts = fleet, intake, parts
        self._clock, self._failures, self._size_at_most = clock, failures, size_at_most
        self._order = InOrder()
        self._counting = Counting(journal.path.with_name("counting"))
        self._number_aside = 0
        self._same_bodies = SameBodies([])
        self.due = SnapshotsDue()
        self.retries = LookupRetries()
        self.restored = Restored()
        self.snapshot_faults = 0
        self._is_replaying = False

    @contextmanager
    def recorded(self, environ: dict[str, Any]) -> Iterator[None]:
        """Write a request down, and wait for its turn to be counted.

        Raises
        ------
        StoreFault
            If it could not be written; it must not be acknowledged.
        DecodeError
            If it is one that is set aside.
        """
        entry = entry_of(environ, self._clock(), self._size_at_most)
        if self._same_bodies.has(entry.head.get("PATH_INFO", ""), entry.body):
            raise DecodeError("expected a body that does not end the exporter: this one did, twice", REFUSED_AS)
        # It is written, so it is finished even if the sender has gone: a replay could not know.
        environ.pop("inference_exporter.sender_has_gone", None)
        # Written first, then counted in the order of the numbers: a replay counts in the same order.
        number = self.journal.append(entry)
        with self._turn(number, entry):
            started = time.thread_time()
            yield
            self.due.worked(time.thread_time() - started)

    @contextmanager
    def _turn(self, number: int, entry: Entry) -> Iterator[None]:
        with self._order.turn(number), self._counting.of(number), self._clock.at(entry.arrived):
            self._intake.at_entry(number)
            self._note_entry(number)
            yield

    def _note_entry(self, number: int) -> None:
        """Let the evaluation store know which entry it is used for."""
        if self._evaluation is not None:
            self._evaluation.entry = number

    def settle(self) -> None:
        """Count the samples that wait for others, and note after which entry; without waiting for the disk."""
        last = self._intake.settle()
        if last is not None:
            self.journal.note(Entry(SETTLED, self._clock(), {AFTER: str(last)}), self._order.pass_on)

    def looked(self, wall: float) -> None:
        """Note that verdicts were due; without waiting for the disk."""
        self.journal.note(Entry(LOOK, wall, {}), self._order.pass_on)

    def learned(self, key: ModelKey) -> None:
        """Note that a reference was learned, before it is saved."""
        if not self._is_replaying:
            self.journal.note(Entry(LEARNED, self._clock(), dict(key._asdict())), self._order.pass_on)
            self.journal.flush()

    def restore(self, progress: Progress) -> None:
        """Restore the newest snapshot, and replay the journal after it.

        Raises
        ------
        StoreFault
            If a newer release wrote the state.
        """
        started = time.monotonic()
        snapshot = next(self._snapshots.readable(), None)
        seq = snapshot.seq if snapshot else 0
        # The snapshot says from which entry on the journal is needed.
        self.journal.open(seq)
        self._set_aside(seq, progress)
        if self._evaluation is not None:
            self._evaluation.open(seq)
            self._evaluation.start()
        relearned = frozenset(ModelKey(**head) for head in self.journal.heads_after(seq, LEARNED))
        # References learned after the snapshot are learned again by the replay, from the same samples.
        self._fleet.relearn(relearned)
        if snapshot is not None:
            state.put_back(snapshot, self._parts, self._fleet, self._failures)
        entries = self._replay(seq, progress)
        self._fleet.relearn(frozenset())
        # New entries wait for their turn behind all that was replayed.
        self._order.start_after(self.journal.last)
        self.restored = Restored(entries, time.monotonic() - started)
        if snapshot or entries:
            log.info(
                "restored in %.1f s: snapshot %d and %d entries of the journal", self.restored.seconds, seq, entries
            )

    def _set_aside(self, seq: int, progress: Progress) -> None:
        """Set the entries aside of which the worker has died too often."""
        try:
            deaths = self._counting.open(seq)
        except OSError as error:
            raise StoreFault(f"{self.journal.path.with_name('counting')}: {error}") from error
        for number, count in deaths.items():
            if count >= DEATHS_AT_MOST:
                self.journal.set_aside(number)
                self._counting.clear(number)
                log.error("entry %d is set aside: the worker died %d times while it counted it", number, count)
                progress(f"{SET_ASIDE} entry {number}")
        aside = list(self.journal.all_aside())
        self._number_aside = len(aside)
        self._same_bodies = SameBodies((entry.head["PATH_INFO"], entry.body) for entry in aside if entry.body)

    def _replay(self, seq: int, progress: Progress) -> int:
        number, total, shown = 0, self.journal.number_after(seq), 0.0
        settled = {int(head[AFTER]) for head in self.journal.heads_after(seq, SETTLED)}
        self._is_replaying = True
        for number, (counted, entry) in enumerate(self.journal.after(seq), start=1):
            # A death may have been due to any of the samples that waited: one by one, the next is due to its entry.
            self._count_again(counted, entry, self._counting.has_suspects or counted in settled)
            if time.monotonic() > shown + SHOW_PROGRESS_SECONDS:
                shown = time.monotonic()
                progress(f"replayed {number} of {total} entries")
        # Now rather than at the first look, where a death would suspect nothing.
        with self._failures.contained("store", "replay"), self._counting.of(self.journal.last):
            self._intake.settle()
        self._is_replaying = False
        return number

    def _count_again(self, number: int, entry: Entry, settles: bool) -> None:
        """Count an entry as it was counted, and what waits after it if it was settled there."""
        with (
            self._failures.contained("store", "replay"),
            self._counting.of(number),
            self._clock.at(entry.arrived, is_replay=True),
        ):
            self._note_entry(number)
            self._apply(entry)
            if settles:
                self._intake.settle()

    def _apply(self, entry: Entry) -> None:
        if entry.kind == BODY:
            self._intake.replay(environ_of(entry.head, entry.body))
        elif entry.kind == BODY_ASIDE:
            self._intake.reject_replayed(environ_of(entry.head, b""))
        elif entry.kind == LOOK:
            self._fleet.views(entry.arrived)
        elif entry.kind == EXPIRY:
            self._intake.take_unpaired()
        elif entry.kind == RETRY:
            self._fleet.look_up_again(entry.arrived)

    @property
    def state(self) -> StoreState:
        """The counts so far."""
        written, due = self.journal.statistics, self.due
        return StoreState(
            entries=written.entries,
            refused=written.failed,
            unwritten=written.unwritten,
            write_seconds=written.write_seconds,
            size=written.bytes,
            is_writable=not written.fault,
            torn_bytes=written.torn_bytes,
            snapshot_timestamp=due.timestamp,
            snapshot_seconds=due.duration_seconds,
            snapshot_faults=self.snapshot_faults,
            replayed=self.restored.entries,
            restore_seconds=self.restored.seconds,
            set_aside=self._number_aside,
        )

    def start(self) -> None:
        """Start the thread that takes snapshots."""
        threading.Thread(target=self._keep_house, name="store", daemon=True).start()

    def _keep_house(self) -> None:
        pause = threading.Event()
        while not pause.wait(TICK_SECONDS):
            with self._failures.contained("store", "housekeeping"):
                self.tend()

    def tend(self) -> None:
        """Do what is due: write notes, let waiting halves go, take a snapshot, keep the files small."""
        self.settle()
        self.journal.flush()
        if self._intake.pairing.is_due(self._clock()):
            self._count_also(EXPIRY)
        if self.retries.are_due(self._fleet.outcomes_to_look_up):
            before = self._fleet.outcomes_to_look_up
            self._count_also(RETRY)
            self.retries.tried(before, self._fleet.outcomes_to_look_up)
        if self.due.is_due(self.journal.last):
            self.take_snapshot()
        self.journal.check_size()

    def _is_stored(self) -> bool:
        """Write what the evaluation store has sealed: a restart from a snapshot does not repeat what came before it."""
        return self._evaluation is None or self._evaluation.flush()

    def _count_also(self, kind: str) -> None:
        """Count what no request has caused, in order with them."""
        entry = Entry(kind, self._clock(), {})
        try:
            number = self.journal.append(entry)
        except StoreFault:
            return  # it can wait
        with self._turn(number, entry):
            self._apply(entry)

    def take_snapshot(self) -> None:
        """Write a snapshot, and delete the journal before the snapshot before it."""
        must = self.due.is_overdue or self.journal.is_half_full
        if not self._is_stored() and not must:
            return
        # Predictions are written to the evaluation store anyway: that is not part of what a snapshot costs.
        cost = Stopwatch()
        # Held only while state is copied; writing it goes on beside new entries.
        with cost.running(), self._order.held():
            self._intake.settle()
            # After it: the snapshot has a reference that was learned from what waited, and so its note.
            seq = self._order.done
            snapshot = state.taken(seq, self._parts, self._fleet)
            work = self.due.restart(seq)
            if self._evaluation is not None:
                self._evaluation.boundary(seq)
        if not self._is_stored() and not must:
            self.due.worked(work)
            return
        try:
            with cost.running():
                unneeded = self._snapshots.write(snapshot)
        except OSError as error:
            self.snapshot_faults += 1
            log.error("snapshot not written: %s", error)
        else:
            self.due.taken(time.time())
            self.journal.prune(unneeded)
            if self._evaluation is not None:
                self._evaluation.settled(unneeded)
        self.due.lasted(cost.seconds, cost.cpu_seconds)
