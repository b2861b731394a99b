"""What is in a store's folder: read without a sidecar, or beside one that runs."""

import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import zstandard

from ..errors import StoreFault
from .aside import IS_ASIDE
from .database import VERSION
from .snapshots import Snapshots, number_of, unpacked
from .tables import opened_to_read
from .torn import cut

JOURNAL = "journal.db"


class Contents(NamedTuple):
    """The journal of a folder in numbers."""

    version: int
    entries: int
    first: int
    last: int
    oldest: float
    newest: float
    bytes: int
    set_aside: tuple[int, ...]
    """Numbers of entries that are kept but not counted."""


class Row(NamedTuple):
    """One entry as it is stored."""

    seq: int
    kind: str
    arrived: float
    head: bytes
    body: bytes
    checksum: int

    @property
    def is_whole(self) -> bool:
        """Whether its bytes are what was written."""
        return zlib.crc32(self.body, zlib.crc32(self.head)) == self.checksum

    @property
    def plain_body(self) -> bytes:
        """The body, decompressed."""
        return zstandard.decompress(self.body) if self.body else b""


def connected(folder: Path) -> sqlite3.Connection:
    """Return a connection that only reads.

    Raises
    ------
    StoreFault
        If the folder has no journal, or one of another version.
    """
    # Read only: beside a running sidecar it must not take a lock that a sender waits for.
    return opened_to_read(folder / JOURNAL, "a journal", VERSION)


def contents_of(folder: Path) -> Contents:
    """Return the journal of a folder in numbers.

    Raises
    ------
    StoreFault
        If it cannot be read.
    """
    query = "SELECT count(*), min(seq), max(seq), min(arrived), max(arrived) FROM journal"
    with closing(connected(folder)) as database:
        number, first, last, oldest, newest = database.execute(query).fetchone()
        nan = float("nan")
        size = (folder / JOURNAL).stat().st_size
        rows = database.execute(f"SELECT seq FROM journal WHERE {IS_ASIDE} ORDER BY seq")  # noqa: S608
        aside = tuple(row[0] for row in rows)
        return Contents(VERSION, number, first or 0, last or 0, oldest or nan, newest or nan, size, aside)


def rows_of(folder: Path) -> Iterator[Row]:
    """Yield the entries in their order.

    Raises
    ------
    StoreFault
        If they cannot be read.
    """
    with closing(connected(folder)) as database:
        try:
            for row in database.execute("SELECT * FROM journal ORDER BY seq"):
                yield Row(*row)
        except sqlite3.Error as error:
            raise StoreFault(f"{folder / JOURNAL}: {error}") from error


def snapshots_of(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield each snapshot: its file, the entry that it follows, its size, and what is wrong with it."""
    for path in Snapshots(folder, sync=False).paths():
        about = {"file": path.name, "seq": number_of(path), "bytes": path.stat().st_size, "fault": ""}
        try:
            unpacked(path.read_bytes(), str(path))
        except (StoreFault, OSError, ValueError, KeyError, zstandard.ZstdError) as error:
            about["fault"] = str(error)
        yield about


def faults_of(folder: Path) -> Iterator[str]:
    """Yield what is damaged in a folder, in words.

    Raises
    ------
    StoreFault
        If the journal cannot be read at all.
    """
    torn = cut(folder / JOURNAL)
    if torn.bytes:
        yield f"{JOURNAL}-wal: {torn.bytes} bytes of an unfinished transaction, which the next start cuts off"
    with closing(connected(folder)) as database:
        yield from (f"{JOURNAL}: {line}" for (line,) in database.execute("PRAGMA quick_check") if line != "ok")
    yield from (f"{JOURNAL}: entry {row.seq} is damaged" for row in rows_of(folder) if not row.is_whole)
    yield from (f"{about['file']}: {about['fault']}" for about in snapshots_of(folder) if about["fault"])
