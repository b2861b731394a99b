"""The backend: one connection writes blocks, another answers lookups and claims outcomes."""

import secrets
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress

import psycopg

from ....samples.batch import ModelKey
from ...retention import Limits
from .._base import Claims, Counts, Earlier, Place, Sealed
from . import blocks, claims, texts
from .claims import Claimant
from .connection import Address, Connection, connected
from .notes import Notes, notes_in
from .reading import DatabaseReading
from .retention import prune, size_of
from .schema import migrate

TENDING_SECONDS = 60
"""Time limit of a statement that deletes or writes blocks."""
SHORTEST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, PAUSE_FACTOR = 1.0, 60.0, 5.0
"""After a lookup that failed, the next ones fail at once for five times as long as it took: senders wait for each."""


class PostgresBackend:
    """A database that a fleet shares."""

    faults = (psycopg.Error,)
    longest_wait = 1.0

    def __init__(self, place: Place, limits: Limits) -> None:
        self._folder, self._limits = place.folder, limits
        self._address = Address(place.url, place.password_file)
        self.name = self._address.name
        self.size = 0
        self.shared = self
        self._notes: Notes | None = None
        self._has_again = False
        self._writer: Connection | None = None
        self._asking = threading.Lock()
        self._asker: Connection | None = None
        self._quiet_until, self._fault = 0.0, ""

    @property
    def is_open(self) -> bool:
        """Whether blocks can be written without connecting first."""
        return self._writer is not None

    @property
    def writer(self) -> Connection:
        """The connection that writes."""
        assert self._writer is not None
        return self._writer

    def open(self, roll_back_to: int | None) -> int:
        """Connect, migrate, and give up what came after an entry of the journal; returns the secret of hashes."""
        notes = self._notes = self._notes or notes_in(self._folder)
        if roll_back_to is not None:
            # Before connecting, which may fail for as long as this process lives.
            notes.since = roll_back_to if notes.since is None else min(notes.since, roll_back_to)
            notes.save(self._folder)
        database = connected(self._address, TENDING_SECONDS)
        with ExitStack() as on_failure:
            on_failure.callback(database.close)
            secret = migrate(database)
            if roll_back_to is not None:
                self._roll_back(database, notes, roll_back_to)
            with self._asking:
                self._mark(database, notes)
            on_failure.pop_all()
        self._writer, self._quiet_until = database, 0.0
        return secret

    def _roll_back(self, database: Connection, notes: Notes, entry: int) -> None:
        with database.transaction():
            late = blocks.listed(database, "replica = %s AND first_entry > %s", (notes.replica, entry))
            blocks.delete(database, [block.id for block in late])

    def _mark(self, database: Connection, notes: Notes) -> None:
        """Mark the claims that may not have been counted; each is counted when it is claimed again."""
        with database.transaction():
            if notes.since is not None:
                database.execute(claims.MARK_ENTRIES, (notes.replica, notes.since))
            for entry, claim in notes.doubtful:
                database.execute(claims.MARK_CLAIM, (notes.replica, entry, claim))
            (self._has_again,) = database.execute(claims.ANY_AGAIN, (notes.replica,)).fetchone() or (True,)
        if notes.since is not None or notes.doubtful:
            notes.since, notes.doubtful = None, []
            notes.save(self._folder)

    def write(self, sealed: Sequence[Sealed], now: float) -> None:
        """Write blocks, all or none of them."""
        assert self._notes is not None
        blocks.write(self.writer, self._notes.replica, sealed, now)

    @contextmanager
    def _asked(self) -> Iterator[Connection]:
        """Give the connection for lookups; after a failure it is replaced, and not at once."""
        with self._asking:
            started = time.monotonic()
            if self._notes is None or started < self._quiet_until:
                raise OSError(self._fault or "not connected yet")
            try:
                if self._asker is None:
                    self._asker = connected(self._address)
                yield self._asker
            except BaseException as error:  # also on an interrupt, the connection may be inside a transaction
                self._hang_up()
                if isinstance(error, psycopg.Error):
                    pause = PAUSE_FACTOR * (time.monotonic() - started)
                    pause = min(max(pause, SHORTEST_PAUSE_SECONDS), LONGEST_PAUSE_SECONDS)
                    self._quiet_until, self._fault = time.monotonic() + pause, str(error)
                raise

    @contextmanager
    def reading(self) -> Iterator[DatabaseReading]:
        """Give the database as it is now."""
        with self._asked() as database:
            database.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield DatabaseReading(database)
            database.execute("COMMIT")

    def claim(self, wanted: Claims, entry: int, now: float) -> Earlier:
        """Write outcomes for the entry of the journal that is being counted; returns what was known before."""
        with self._asked() as database:
            notes = self._notes
            assert notes is not None
            if notes.since is not None or notes.doubtful:
                self._mark(database, notes)
            who = Claimant(notes.replica, entry, secrets.randbits(63), now)
            try:
                earlier = claims.claim(database, wanted, who, again=self._has_again)
            except psycopg.Error:
                # It may be written: then the next attempt must not take it for known.
                notes.doubtful.append((entry, who.claim))
                notes.save(self._folder)
                raise
            return earlier

    def keys(self) -> Sequence[ModelKey]:
        """Return the models of all replicas."""
        rows = self.writer.execute("SELECT DISTINCT model, version, variant FROM block").fetchall()
        return [texts.key_of(*map(str, row)) for row in rows]

    def prune(self, now: float) -> int:
        """Delete some blocks that are too old or too much; returns how many predictions went."""
        return prune(self.writer, self._limits, now)

    def tend(self, settled: int) -> None:
        """Look how large the tables are; PostgreSQL puts them in order by itself."""
        self.size = size_of(self.writer)

    def counts(self) -> Counts:
        """Return what it holds, of all replicas."""
        blocks_, rows = self.writer.execute("SELECT count(*), coalesce(sum(rows), 0) FROM block").fetchone() or (0, 0)
        return Counts(int(blocks_), int(rows))

    def disconnect(self) -> None:
        """Let the writing connection go."""
        if self._writer is not None:
            with suppress(psycopg.Error):
                self._writer.close()
        self._writer = None

    def _hang_up(self) -> None:
        if self._asker is not None:
            with suppress(psycopg.Error):
                self._asker.close()
        self._asker = None

    def close(self) -> None:
        """Let both connections go."""
        self.disconnect()
        with self._asking:
            self._hang_up()
