"""Journal: what arrived, in one SQLite file, written before it is acknowledged.

Senders that arrive together share a transaction (group commit): the first
thread to get the lock writes for all that wait. In mode `journal` the operating
system has the transaction before the answer, which survives a killed process;
in mode `sync` the disk has it, which survives a power failure.
"""

import itertools
import logging
import sqlite3
import threading
import time
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import NamedTuple

import orjson
import zstandard

from ..errors import StoreFault
from . import aside
from .database import opened
from .owner import own
from .torn import Torn, cut

log = logging.getLogger(__name__)

RETRY_SECONDS = 1.0
# Bounds what waits while the disk does not write. A look that is not noted is not repeated by a replay.
NOTES_AT_MOST = 1000
BODY, LOOK, LEARNED, EXPIRY, RETRY, SETTLED = "body", "look", "learned", "expiry", "retry", "settled"
BODY_ASIDE = aside.PREFIX + BODY
LONGEST_WAL_BYTES = 64 * 1024**2


class Entry(NamedTuple):
    """Something that arrived, or happened, at a wall time."""

    kind: str
    arrived: float
    head: dict[str, str]
    body: bytes = b""


class JournalStatistics(NamedTuple):
    """Counts since the start, and the size now."""

    entries: int
    failed: int
    unwritten: int
    write_seconds: float
    bytes: int
    torn_bytes: int
    fault: str


class _Waiting:
    """An entry that waits for its transaction."""

    __slots__ = ("entry", "error", "numbered", "seq")

    def __init__(self, entry: Entry, numbered: Callable[[int], None] | None = None) -> None:
        self.entry, self.numbered = entry, numbered
        self.seq: int | None = None
        self.error: StoreFault | None = None


class Journal:
    """Entries by number, in the order in which they were written. Thread-safe.

    Parameters
    ----------
    path : Path
        The database.
    sync : bool
        Whether the disk has an entry before `append` returns.
    size_at_most : int
        Bytes of the database; beyond, `append` refuses.
    degrade : bool
        Whether entries that cannot be written get a number all the same.
    """

    def __init__(self, path: Path, *, sync: bool, size_at_most: int, degrade: bool = False) -> None:
        self.path = path
        self._sync, self._size_at_most, self._degrade = sync, size_at_most, degrade
        self._commit_lock = threading.Lock()
        self._queue: deque[_Waiting] = deque()
        self._database: sqlite3.Connection | None = None
        self._lock: int | None = None
        self._tried = -RETRY_SECONDS
        self._fault = ""
        self._torn = Torn(0, "")
        self._last = 0
        self._is_open = False
        self._entries = self._failed = self._unwritten = 0
        self._seconds = 0.0
        self.is_full = self.is_half_full = False

    def open(self, after: int) -> None:
        """Open the database; entries are numbered from its last one, or from `after`.

        Raises
        ------
        StoreFault
            If it cannot be opened.
        """
        with self._commit_lock:
            newest = self._connected().execute("SELECT max(seq) FROM journal").fetchone()[0] or 0
            self._last = max(newest, after)
            self._is_open = True

    @property
    def last(self) -> int:
        """Number of the last entry."""
        return self._last

    @property
    def statistics(self) -> JournalStatistics:
        """The counts so far."""
        size = sum(_size_of(path) for path in (self.path, _wal_of(self.path)))
        return JournalStatistics(
            self._entries, self._failed, self._unwritten, self._seconds, size, self._torn.bytes, self._fault
        )

    def append(self, entry: Entry) -> int:
        """Write an entry, and return its number.

        Raises
        ------
        StoreFault
            If it could not be written.
        """
        # Queued before the lock: whoever holds it writes this entry too (group commit).
        waiting = _Waiting(entry)
        self._queue.append(waiting)
        with self._commit_lock:
            if waiting.seq is None and waiting.error is None:
                self._write_queue()
        if waiting.error is not None:
            raise waiting.error
        assert waiting.seq is not None
        return waiting.seq

    def note(self, entry: Entry, numbered: Callable[[int], None]) -> None:
        """Let the next transaction write an entry too, and call `numbered` with its number; without waiting."""
        if len(self._queue) < NOTES_AT_MOST:
            self._queue.append(_Waiting(entry, numbered))

    def flush(self) -> None:
        """Write what is noted."""
        with self._commit_lock:
            if self._queue:
                self._write_queue()

    def _write_queue(self) -> None:
        group = [self._queue.popleft() for _ in range(len(self._queue))]
        started = time.monotonic()
        try:
            self._write(group)
        except StoreFault as fault:
            self._refuse(group, fault)
        else:
            self._entries += len(group)
        self._seconds += time.monotonic() - started

    def _write(self, group: list[_Waiting]) -> None:
        rows = [(self._last + place, *_row(waiting.entry)) for place, waiting in enumerate(group, start=1)]
        if self.is_full:
            raise StoreFault(f"{self.path}: larger than storage.max_size, {self._size_at_most} bytes")
        database = self._connected()
        try:
            with database:
                database.executemany("INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?)", rows)
        except (sqlite3.Error, OSError) as error:
            self._disconnect(f"{self.path}: {error}")
            raise StoreFault(self._fault) from error
        # Numbered only after the commit: a refused group leaves no gap that others would wait for.
        self._number(group)
        self._recovered()

    def _number(self, group: list[_Waiting]) -> None:
        for waiting in group:
            self._last += 1
            waiting.seq = self._last
            if waiting.numbered is not None:
                waiting.numbered(self._last)

    def _refuse(self, group: list[_Waiting], fault: StoreFault) -> None:
        self._fault = str(fault)
        if self._degrade:
            self._unwritten += len(group)
            self._number(group)
            return
        self._failed += len(group)
        for waiting in group:
            waiting.error = fault

    def _recovered(self) -> None:
        if self._fault:
            log.info("%s: written again", self.path)
            self._fault = ""

    def _connected(self) -> sqlite3.Connection:
        if self._database is not None:
            return self._database
        if time.monotonic() < self._tried + RETRY_SECONDS:
            raise StoreFault(self._fault)
        self._tried = time.monotonic()
        try:
            if self._lock is None:
                self._lock = own(self.path.parent)
            torn = cut(self.path)
            database = opened(self.path, sync=self._sync)
            if self._is_open:
                self._delete_refused(database)
        except StoreFault as fault:
            self._fault = str(fault)
            log.error("%s", fault)
            raise
        except (sqlite3.Error, OSError) as error:
            self._fault = f"{self.path}: {error}"
            log.error("%s", self._fault)
            raise StoreFault(self._fault) from error
        if torn.bytes:
            log.warning("%s: %s", self.path, torn.what)
        self._torn = Torn(self._torn.bytes + torn.bytes, torn.what)
        self._database = database
        return database

    def _delete_refused(self, database: sqlite3.Connection) -> None:
        """Delete what was written but reported as failed, and so refused."""
        with ExitStack() as on_failure:
            # Left open, a connection that only reads keeps all others from writing.
            on_failure.callback(database.close)
            with database:
                database.execute("DELETE FROM journal WHERE seq > ?", (self._last,))
            on_failure.pop_all()

    def _disconnect(self, fault: str) -> None:
        if fault != self._fault:
            log.error("%s", fault)
        self._fault = fault
        if self._database is not None:
            with suppress(sqlite3.Error):  # a broken disk may also refuse this
                self._database.close()
        self._database, self._tried = None, time.monotonic()

    def after(self, seq: int) -> Iterator[tuple[int, Entry]]:
        """Yield the entries after a number, in their order; a damaged one is logged and left out."""
        if self._database is None:
            return
        rows = self._database.execute("SELECT * FROM journal WHERE seq > ? ORDER BY seq", (seq,))
        for number, kind, arrived, head, body, checksum in rows:
            if zlib.crc32(body, zlib.crc32(head)) != checksum:
                log.error("%s: entry %d is damaged and left out", self.path, number)
                continue
            yield number, Entry(kind, arrived, orjson.loads(head), zstandard.decompress(body) if body else b"")

    def heads_after(self, seq: int, kind: str) -> list[dict[str, str]]:
        """Return the heads of entries of a kind after a number."""
        if self._database is None:
            return []
        rows = self._database.execute("SELECT head FROM journal WHERE seq > ? AND kind = ?", (seq, kind))
        return [orjson.loads(head) for (head,) in rows]

    def number_after(self, seq: int) -> int:
        """Return how many entries follow a number."""
        if self._database is None:
            return 0
        return int(self._database.execute("SELECT count(*) FROM journal WHERE seq > ?", (seq,)).fetchone()[0])

    def set_aside(self, number: int) -> None:
        """Keep an entry, but do not count it.

        Raises
        ------
        StoreFault
            If that cannot be written.
        """
        with self._commit_lock:
            database = self._connected()
            try:
                with database:
                    aside.set_aside(database, number)
                    surplus = aside.trim(database, aside.SHARE_OF_SIZE * self._size_at_most)
            except (sqlite3.Error, OSError) as error:
                self._disconnect(f"{self.path}: {error}")
                raise StoreFault(self._fault) from error
        if surplus:
            log.error("%s: %d older entries that were set aside are deleted for lack of room", self.path, surplus)

    def all_aside(self) -> Iterator[Entry]:
        """Yield the entries that are set aside."""
        if self._database is None:
            return
        for (number,) in self._database.execute(f"SELECT seq FROM journal WHERE {aside.IS_ASIDE}").fetchall():  # noqa: S608
            yield from (entry for _, entry in itertools.islice(self.after(number - 1), 1))

    def prune(self, until: int) -> None:
        """Delete the entries up to a number, a snapshot has them; but not those that are set aside."""
        with self._commit_lock:
            if self._database is None:
                return
            try:
                with self._database:
                    self._database.execute(f"DELETE FROM journal WHERE seq <= ? AND {aside.IS_NOT_ASIDE}", (until,))  # noqa: S608
            except sqlite3.Error as error:
                self._disconnect(f"{self.path}: {error}")

    def check_size(self) -> None:
        """Move written pages into the database file, and note whether it is too large."""
        with self._commit_lock:
            if self._database is None:
                return
            try:
                # PASSIVE never waits for readers; TRUNCATE does, and keeps the file from growing for ever.
                large = _size_of(_wal_of(self.path)) > LONGEST_WAL_BYTES
                self._database.execute(f"PRAGMA wal_checkpoint({'TRUNCATE' if large else 'PASSIVE'})")
                pages, free, size = (
                    self._database.execute(f"PRAGMA {name}").fetchone()[0]
                    for name in ("page_count", "freelist_count", "page_size")
                )
            except sqlite3.Error as error:
                self._disconnect(f"{self.path}: {error}")
                return
            used = (pages - free) * size
            self.is_full, self.is_half_full = used > self._size_at_most, 2 * used > self._size_at_most

    def close(self) -> None:
        """Close the database."""
        with self._commit_lock:
            if self._database is not None:
                self._database.close()
                self._database = None


def _row(entry: Entry) -> tuple[str, float, bytes, bytes, int]:
    head = orjson.dumps(entry.head)
    body = zstandard.compress(entry.body, 1) if entry.body else b""
    return entry.kind, entry.arrived, head, body, zlib.crc32(body, zlib.crc32(head))


def _wal_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def _size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
