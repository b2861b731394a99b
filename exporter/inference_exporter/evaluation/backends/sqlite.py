"""One file in the folder of the sidecar's state."""

import math
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .. import blocks, index
from ..blocks import JoinRows, Places
from ..buffer import block_of
from ..compaction import compact
from ..database import NAME, opened, secret_of, transaction
from ..hashing import Hashes
from ..prediction import Row, row_of
from ..retention import Limits, give_back, prune, size_of
from ._base import Backend, BackendKind, Counts, Place, Sealed


class FileReading(NamedTuple):
    """The file at one moment."""

    database: sqlite3.Connection

    def places(self, hashes: Hashes) -> tuple[NDArray[np.intp], Places]:
        """Return all places of some hashes, as two columns: the row of a hash, and a place."""
        return index.find(self.database, hashes)

    def join_rows(self, places: Places) -> Iterator[JoinRows]:
        """Yield what joins need of the rows at some places, block by block."""
        return blocks.join_rows(self.database, places)

    def rows(self, hashed: Hashes) -> list[tuple[int, Row]]:
        """Return the kind and content of all rows with one hash, in the order in which they were written."""
        _, places = self.places(hashed)
        rows: list[tuple[int, Row]] = []
        for place in np.sort(places).tolist():
            for block in blocks.listed(self.database, "id = ?", (place >> blocks.ROW_BITS,)):
                columns = blocks.columns_of(self.database, block)
                rows.append((block.kind, row_of(columns, place & ((1 << blocks.ROW_BITS) - 1))))
        return rows


class SqliteBackend:
    """A SQLite file in WAL mode: one connection writes, another reads beside it."""

    faults = (sqlite3.Error,)
    longest_wait = math.inf
    shared = None

    def __init__(self, path: Path, limits: Limits, *, sync: bool = False) -> None:
        self.path, self.name = path, str(path)
        self._limits, self._sync = limits, sync
        self._reading = Lock()
        self._writer: sqlite3.Connection | None = None
        self._reader: sqlite3.Connection | None = None

    @property
    def is_open(self) -> bool:
        """Whether blocks can be written without connecting first."""
        return self._writer is not None

    @property
    def writer(self) -> sqlite3.Connection:
        """The connection that writes."""
        assert self._writer is not None
        return self._writer

    @property
    def size(self) -> int:
        """Its bytes."""
        return size_of(self.path)

    def open(self, roll_back_to: int | None) -> int:
        """Open the file, and delete what came after an entry of the journal; returns the secret of hashes."""
        database = opened(self.path, sync=self._sync)
        with ExitStack() as on_failure:
            on_failure.callback(database.close)
            secret = secret_of(database)
            if roll_back_to is not None:
                with transaction(database):
                    late = blocks.listed(database, "first_entry > ?", (roll_back_to,))
                    blocks.delete(database, [block.id for block in late])
            on_failure.pop_all()
        self._writer = database
        return secret

    def write(self, sealed: Sequence[Sealed], now: float) -> None:
        """Write blocks, all or none of them."""
        hashes, places = [], []
        with transaction(self.writer):
            for first_entry, part in sealed:
                number = blocks.write(self.writer, block_of(part), first_entry, now)
                hashes.append(part.hashes)
                places.append(blocks.places_of(number, len(part.ids)))
            index.add_run(self.writer, np.concatenate(hashes), np.concatenate(places))

    @contextmanager
    def reading(self) -> Iterator[FileReading]:
        """Give the file as it is now."""
        with self._reading, ExitStack() as unless_done:
            if self._reader is None:
                self._reader = opened(self.path)
            # After a failure it may be left inside a transaction: the next lookup opens another.
            unless_done.callback(self._close_reader)
            self._reader.execute("BEGIN")
            yield FileReading(self._reader)
            self._reader.execute("COMMIT")
            unless_done.pop_all()

    def _close_reader(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def prune(self, now: float) -> int:
        """Delete some blocks that are too old or too much; returns how many predictions went."""
        return prune(self.writer, self._limits, now)

    def tend(self, settled: int) -> None:
        """Join small blocks, merge the index, and give free pages back."""
        while compact(self.writer, settled):
            pass
        index.tend(self.writer)
        give_back(self.writer)

    def counts(self) -> Counts:
        """Return what it holds."""
        query = "SELECT count(*), coalesce(sum(CASE kind WHEN 0 THEN rows END), 0) FROM block"
        return Counts(*self.writer.execute(query).fetchone())

    def disconnect(self) -> None:
        """Let the writing connection go."""
        if self._writer is not None:
            with suppress(sqlite3.Error):  # a broken disk may also refuse this
                self._writer.close()
        self._writer = None

    def close(self) -> None:
        """Let both connections go."""
        for database in (self._writer, self._reader):
            if database is not None:
                database.close()
        self._writer = self._reader = None


def _make(place: Place, limits: Limits) -> Backend:
    return SqliteBackend(place.folder / NAME, limits, sync=place.sync)


BACKEND = BackendKind("", _make)
