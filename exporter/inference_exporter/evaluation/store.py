"""EvaluationStore: every prediction with an id, written in blocks off the request path, found again by id.

Exactly once follows from one rule: a snapshot of the sidecar seals what came
before it, so no block spans a snapshot. Each block names the first entry of the
journal that it may hold. A start deletes the blocks behind the snapshot that it
restores, and the replay of the journal writes them again.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np

from ..arrays import Column, Floats, column_rows
from ..errors import StoreFault
from ..failures import Failures
from ..samples.batch import ModelKey
from .backends._base import Backend, Claims, Earlier, Sealed
from .blocks import OUTCOMES, PREDICTIONS
from .buffer import ID, Group, Part, cut, together
from .codec import DAMAGE
from .found import Candidates, Found
from .hashing import hashes_of, seed_of
from .prediction import record_of, row_of
from .state import EvaluationState

log = logging.getLogger(__name__)

RETRY_SECONDS = 1.0
TICK_SECONDS = 0.5
TEND_SECONDS = 5.0
VALUES_AT_MOST = 8_000_000
"""Values that may wait for the disk; beyond, senders wait, and then rows are lost and counted."""
LONGEST_WAIT_SECONDS = 5.0
BLOCKS_AT_ONCE = 16
PLACE_OF_UNWRITTEN = 1 << 62


class _NotYet(OSError):
    """The database could not be opened a moment ago; it is tried again later."""


class EvaluationStore:
    """Predictions and their outcomes. Thread-safe.

    Parameters
    ----------
    backend : Backend
        The database.
    clock : callable
        The wall clock, for the age of blocks.
    """

    def __init__(
        self,
        backend: Backend,
        *,
        clock: Callable[[], float] = time.time,
        failures: Failures | None = None,
    ) -> None:
        self._backend, self._clock = backend, clock
        self._faults: tuple[type[Exception], ...] = (*backend.faults, OSError, StoreFault)
        self._connecting_faults: tuple[type[Exception], ...] = (*backend.faults, OSError)
        self._reading_faults: tuple[type[Exception], ...] = (*self._faults, *DAMAGE)
        self._failures = failures or Failures()
        self._changed = threading.Condition()
        self._open: dict[tuple[int, ModelKey], Group] = {}
        self._sealed: list[Sealed] = []
        self._values = 0
        self._first_entry = 0
        self._settled = -1
        self._tended = 0.0
        self._roll_back_to: int | None = None
        self._writing = threading.Lock()
        self._tried = -RETRY_SECONDS
        self._fault = ""
        self._secret: int | None = None
        self._seeds: dict[ModelKey, int] = {}
        self._stopping = False
        self._keys: Sequence[ModelKey] = ()
        self.entry = 0
        """The entry of the journal that is being counted."""
        self._state: dict[str, int] = dict.fromkeys(
            ("rows", "blocks", "written", "lost", "deleted", "failures", "lookups", "lookups_failed", "found"), 0
        )
        self._lookup_seconds = 0.0

    def open(self, entry: int) -> None:
        """Open the database, and delete what came after an entry of the journal: a replay writes it again.

        One that cannot be opened is tried again later; only a newer one stops the start.

        Raises
        ------
        StoreFault
            If a newer release wrote it.
        """
        self._roll_back_to, self._first_entry = entry, entry + 1
        with self._writing, suppress(*self._connecting_faults):
            self._connect()

    def start(self) -> None:
        """Start the thread that writes blocks, merges the index, and deletes what is too old."""
        threading.Thread(target=self._work, name="evaluation", daemon=True).start()

    def add(self, key: ModelKey, ids: Sequence[str], columns: Mapping[str, Column]) -> None:
        """Keep predictions; `columns` are named as in `buffer`. Never waits for the disk."""
        self._add(Part(PREDICTIONS, key, self._seed(key), ids, columns, time.monotonic()))

    def add_outcomes(self, key: ModelKey, ids: Sequence[str], columns: Mapping[str, Column]) -> None:
        """Keep outcomes that were joined."""
        self._add(Part(OUTCOMES, key, self._seed(key), ids, columns, time.monotonic()))

    def wait_for_room(self) -> None:
        """Wait while much waits for the disk, at most for seconds."""
        if self._values > VALUES_AT_MOST:
            with self._changed:
                self._changed.wait_for(lambda: self._values <= VALUES_AT_MOST or self._fault, LONGEST_WAIT_SECONDS)

    def _add(self, part: Part) -> None:
        if not part.ids:
            return
        with self._changed:
            if self._values > 2 * VALUES_AT_MOST:
                self._state["lost"] += len(part.ids)
                return
            group = self._open.setdefault((part.kind, part.key), Group())
            group.add(part)
            self._values += part.values
            if group.is_full:
                self._seal((part.kind, part.key))

    def _seal(self, group: tuple[int, ModelKey]) -> None:
        self._sealed += [Sealed(self._first_entry, piece) for piece in cut(together(self._open.pop(group).parts))]
        self._changed.notify_all()

    def _seal_old(self) -> None:
        """Seal what has waited for long enough, where other replicas wait for it."""
        before = time.monotonic() - self._backend.longest_wait
        with self._changed:
            for group in [group for group, rows in self._open.items() if rows.parts and rows.parts[0].since <= before]:
                self._seal(group)

    def boundary(self, entry: int) -> None:
        """Seal what came up to an entry: a snapshot follows it. Nothing may come meanwhile."""
        with self._changed:
            for group in sorted(self._open):  # predictions before their outcomes
                self._seal(group)
            self._first_entry = entry + 1

    def settled(self, entry: int) -> None:
        """Note the entry of the oldest snapshot that a start may restore."""
        self._settled = entry

    def _seed(self, key: ModelKey) -> int:
        if key not in self._seeds:
            self._seeds[key] = seed_of(self._secret or 0, *key)
        return self._seeds[key]

    def find(self, key: ModelKey, ids: Sequence[str]) -> Found | None:
        """Return the stored predictions of a model with some of these ids; None if the database cannot be read."""
        started = time.monotonic()
        hashes = hashes_of(ids, self._seed(key))
        try:
            self._check_secret()
            found = self._found(key, hashes)
        except self._reading_faults as error:
            self._failed(f"{self._backend.name}: {error}")
            self._state["lookups_failed"] += len(ids)
            return None
        self._state["lookups"] += len(ids)
        self._state["found"] += len(found.rows)
        self._lookup_seconds += time.monotonic() - started
        return found

    @property
    def is_shared(self) -> bool:
        """Whether the database is that of a fleet, so that outcomes must be claimed."""
        return self._backend.shared is not None

    @property
    def keys(self) -> Sequence[ModelKey]:
        """The models of a fleet, as last seen."""
        return self._keys

    def claim(
        self,
        key: ModelKey,
        ids: Sequence[str],
        predicted: Floats,
        values: Sequence[bytes],
        times: Floats,
        joined: Floats,
    ) -> Earlier | None:
        """Write outcomes of predictions, one each, for a fleet; returns what this replica has to undo for each.

        None if the database did not answer: they are not counted, and must be claimed again.
        """
        shared = self._backend.shared
        assert shared is not None
        claims = Claims(hashes_of(ids, self._seed(key)), predicted, values, times, joined)
        try:
            self._check_secret()
            return shared.claim(claims, self.entry, self._clock())
        except self._reading_faults as error:
            self._failed(f"{self._backend.name}: {error}")
            return None

    def _check_secret(self) -> None:
        if self._secret is None and self.is_shared:
            raise _NotYet(self._fault or "not connected yet")

    def _waiting(self, key: ModelKey) -> list[Part]:
        """Return what no block has yet; asked before the database is read, so that nothing falls between."""
        with self._changed:
            sealed = [part for _, part in self._sealed if part.key == key]
            groups = [self._open.get((kind, key), Group()) for kind in (PREDICTIONS, OUTCOMES)]
            return [*sealed, *(part for group in groups for part in group.few_parts())]

    def _found(self, key: ModelKey, hashes: np.ndarray) -> Found:
        waiting = [(part, part.last_of(hashes)) for part in self._waiting(key)]
        hits = [np.flatnonzero(last >= 0) for _, last in waiting]
        with self._backend.reading() as reading:
            rows, places = reading.places(hashes)
            unwritten = [np.full(len(hit), PLACE_OF_UNWRITTEN + number) for number, hit in enumerate(hits)]
            candidates = Candidates(np.concatenate([rows, *hits]), np.concatenate([places, *unwritten]))
            for block in reading.join_rows(places):
                candidates.fill(block.wanted, block.kind, block.columns)
        start = len(rows)
        for (part, last), hit in zip(waiting, hits, strict=True):
            columns = {name: _taken(column, last[hit]) for name, column in part.columns.items()}
            candidates.fill(np.arange(start, start + len(hit)), part.kind, columns)
            start += len(hit)
        return candidates.found()

    def about(self, key: ModelKey, name: str) -> dict[str, Any] | None:
        """Return all that is known about one prediction; None if it is not stored.

        Raises
        ------
        StoreFault
            If the database cannot be read.
        """
        hashes = hashes_of([name], self._seed(key))
        waiting = self._waiting(key)
        try:
            with self._backend.reading() as reading:
                rows = reading.rows(hashes)
        except self._reading_faults as error:
            raise StoreFault(f"{self._backend.name}: {error}") from error
        for part in waiting:
            columns = {**part.columns, ID: part.ids}
            rows += [(part.kind, row_of(columns, row)) for row in np.flatnonzero(part.hashes == hashes[0]).tolist()]
        return record_of(key, rows, name)

    def _connect(self) -> None:
        if self._backend.is_open:
            return
        if time.monotonic() < self._tried + RETRY_SECONDS:
            raise _NotYet(self._fault)
        self._tried = time.monotonic()
        try:
            self._seed_with(self._backend.open(self._roll_back_to))
            self._roll_back_to = None
            self._count()
        except self._connecting_faults as error:
            self._failed(f"{self._backend.name}: {error}")
            raise

    def _seed_with(self, secret: int) -> None:
        """Use the secret of the database; what came before it could be opened is hashed with it too."""
        if secret == self._secret:
            return
        with self._changed:
            self._secret, self._seeds = secret, {}
            for group in self._open.values():
                group.parts = [self._reseeded(part) for part in group.parts]
            self._sealed = [Sealed(entry, self._reseeded(part)) for entry, part in self._sealed]

    def _reseeded(self, part: Part) -> Part:
        return replace(part, seed=self._seed(part.key))

    def _count(self) -> None:
        self._keys = self._backend.shared.keys() if self._backend.shared else ()
        self._state["blocks"], self._state["rows"] = self._backend.counts()

    def flush(self) -> bool:
        """Write what is sealed; returns whether all of it is written."""
        with self._writing:
            while self._sealed:
                try:
                    self._connect()
                    sealed = self._sealed[:BLOCKS_AT_ONCE]
                    self._backend.write(sealed, self._clock())
                    self._written([part for _, part in sealed])
                except self._faults as error:
                    self._disconnect(error)
                    self._drop_excess()
                    return False
            return True

    def _written(self, parts: Sequence[Part]) -> None:
        with self._changed:
            del self._sealed[: len(parts)]
            self._values -= sum(part.values for part in parts)
            self._changed.notify_all()
        predictions = sum(len(part.ids) for part in parts if part.kind == PREDICTIONS)
        self._state["written"] += predictions
        self._state["rows"] += predictions
        self._state["blocks"] += len(parts)
        if self._fault:
            log.info("%s: written again", self._backend.name)
        self._fault = ""

    def _drop_excess(self) -> None:
        with self._changed:
            while self._values > VALUES_AT_MOST and self._sealed:
                _, part = self._sealed.pop(0)
                self._values -= part.values
                self._state["lost"] += len(part.ids)
            self._changed.notify_all()

    def _disconnect(self, error: Exception) -> None:
        if isinstance(error, _NotYet):  # to wait from now on again would be to wait for ever
            return
        self._failed(f"{self._backend.name}: {error}")
        self._backend.disconnect()
        self._tried = time.monotonic()

    def _failed(self, fault: str) -> None:
        self._state["failures"] += 1
        if fault != self._fault:
            log.error("%s", fault)
        self._fault = fault

    def _work(self) -> None:
        while not self._stopping:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._sealed) or self._stopping, TICK_SECONDS)
            with self._failures.contained("evaluation", "writing"):
                self._seal_old()
                if self.flush():
                    if time.monotonic() >= self._tended + TEND_SECONDS:
                        self.tend()
                else:
                    time.sleep(RETRY_SECONDS / 2)

    def tend(self) -> None:
        """Delete what is too old or too much, join small blocks, and merge the index."""
        self._tended = time.monotonic()
        with self._writing:
            try:
                self._connect()
                while deleted := self._backend.prune(self._clock()):
                    self._state["deleted"] += deleted
                self._backend.tend(self._settled)
                self._count()
            except self._faults as error:
                self._disconnect(error)

    @property
    def state(self) -> EvaluationState:
        """The counts so far."""
        with self._changed:
            parts = [part for _, part in self._sealed]
            parts += [part for group in self._open.values() for part in group.parts]
            oldest = min((part.since for part in parts), default=None)
            return EvaluationState(
                **self._state,
                size=self._backend.size,
                lag_seconds=0.0 if oldest is None else time.monotonic() - oldest,
                unwritten=sum(len(part.ids) for part in parts if part.kind == PREDICTIONS),
                is_writable=not self._fault,
                lookup_seconds=self._lookup_seconds,
            )

    def close(self) -> None:
        """Write what is sealed, and let the database go."""
        self._stopping = True
        self.flush()
        self._backend.close()


def _taken(column: Column, rows: np.ndarray) -> Column:
    taken: Column = column_rows(column, rows)
    return taken
