"""Index: the places of 64-bit hashes, in sorted runs that are merged as they grow.

A run holds its entries in buckets by the first bits of the hash. A batch of
hashes reads each bucket it needs once, in order. Writing appends a run; runs of
similar size are merged, so an entry is written some times over the years, and
never at a random place, which would rewrite a page of the file for each.

References
----------
O'Neil, Cheng, Gawlick and O'Neil (1996), "The log-structured merge-tree",
Acta Informatica 33(4):351-385.
"""

import sqlite3
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray

from .blocks import ROW_BITS
from .database import transaction
from .hashing import Hashes

ENTRY = np.dtype([("hash", "<u8"), ("low", "<u4"), ("high", "<u2")])
# 14 bytes each: a bucket of about 1.3 KB lies within a page of SQLite.
ENTRIES_A_BUCKET = 96
# Each merge makes a run four times as large, so an entry is rewritten about log4(n) times.
FANOUT = 4
# Of a bucket's number, below the run's in one 64-bit row id.
MOST_BITS = 31
SLICE_ENTRIES = 500_000
"""Entries that a merge holds in memory at once."""
BUCKETS_AT_ONCE = 10_000
STALE_FACTOR = 2
"""Entries a stored row, beyond which all runs are merged to get rid of those of deleted blocks."""
NO_MORE = (1 << 31,)
Places = NDArray[np.int64]


class Run(NamedTuple):
    """A sorted run: bucket b of it is row ``id << 31 | b``."""

    id: int
    bits: int
    entries: int

    @property
    def first_row(self) -> int:
        """The row of the first bucket."""
        return self.id << MOST_BITS


def runs_of(database: sqlite3.Connection) -> list[Run]:
    """Return the complete runs, newest first."""
    rows = database.execute("SELECT id, bits, entries FROM run WHERE complete ORDER BY id DESC")
    return [Run(*row) for row in rows]


def add_run(database: sqlite3.Connection, hashes: Hashes, places: Places) -> None:
    """Write entries as a run of its own, within the transaction of the caller."""
    order = np.argsort(hashes)
    run = _new_run(database, len(hashes), complete=True)
    _write(database, run, _entries(hashes[order], places[order]))


def find(database: sqlite3.Connection, hashes: Hashes) -> tuple[NDArray[np.intp], Places]:
    """Return all places of some hashes, as two columns: the row of a hash, and a place."""
    order = np.argsort(hashes)
    wanted = hashes[order]
    rows, places = [], []
    for run in runs_of(database):
        entries = _buckets(database, run, wanted)
        stored = np.ascontiguousarray(entries["hash"])
        start, end = np.searchsorted(stored, wanted, "left"), np.searchsorted(stored, wanted, "right")
        for offset in range(int((end - start).max(initial=0))):
            hit = np.flatnonzero(start + offset < end)
            rows.append(order[hit])
            places.append(_places_of(entries[start[hit] + offset]))
    nothing = np.zeros(0, dtype=np.int64)
    return np.concatenate([nothing.astype(np.intp), *rows]), np.concatenate([nothing, *places])


def _buckets(database: sqlite3.Connection, run: Run, wanted: Hashes) -> np.ndarray:
    """Return the entries of the buckets that sorted hashes fall into, sorted."""
    numbers = np.unique(_bucket_of(wanted, run.bits)) + run.first_row
    query = "SELECT data FROM json_each(?) AS wanted JOIN bucket ON bucket.id = wanted.value"
    # json_each yields in order, and a missing bucket is empty.
    found = database.execute(query, (orjson.dumps(numbers.tolist()).decode(),)).fetchall()
    return np.frombuffer(b"".join([data for (data,) in found]), ENTRY)


def merge_one(database: sqlite3.Connection) -> bool:
    """Merge some runs of similar size, if there are enough; entries of blocks that are gone are dropped.

    In transactions of its own; a merge that was cut short is repeated.
    """
    # A merge that a crash cut short; its sources are still there.
    database.execute("DELETE FROM run WHERE NOT complete")
    runs = runs_of(database)
    (rows,) = database.execute("SELECT sum(rows) FROM block").fetchone()
    is_stale = sum(run.entries for run in runs) > STALE_FACTOR * (rows or 0) + ENTRIES_A_BUCKET
    merged = runs if is_stale else _mergeable(runs)
    if not merged:
        return False
    alive = np.array([number for (number,) in database.execute("SELECT id FROM block")], dtype=np.int64)
    run = _new_run(database, sum(run.entries for run in merged), complete=False)
    entries = 0
    steps = 1 << min(max(0, (run.entries // SLICE_ENTRIES).bit_length()), run.bits, *(one.bits for one in merged))
    for step in range(steps):
        part = np.concatenate([_slice(database, one, step, steps) for one in merged])
        part = part[np.isin(_places_of(part) >> ROW_BITS, alive)]
        part = part[np.argsort(part["hash"])]
        entries += len(part)
        with transaction(database):
            _write(database, run, part)
    with transaction(database):
        database.execute("UPDATE run SET complete = 1, entries = ? WHERE id = ?", (entries, run.id))
        database.executemany("DELETE FROM run WHERE id = ?", [(one.id,) for one in merged])
    return True


def tend(database: sqlite3.Connection) -> None:
    """Merge runs until few are left, drop entries of deleted blocks, and delete the buckets of merged runs."""
    while merge_one(database):
        pass
    alive = [run.id for run in runs_of(database)]
    for before, after in pairwise([-1, *sorted(alive), *NO_MORE]):
        span = ((before + 1) << MOST_BITS, after << MOST_BITS)
        # Some at a time, as deleting a large run in one statement would hold up senders for seconds.
        query = "DELETE FROM bucket WHERE id IN (SELECT id FROM bucket WHERE id >= ? AND id < ? LIMIT ?)"
        while database.execute(query, (*span, BUCKETS_AT_ONCE)).rowcount == BUCKETS_AT_ONCE:
            pass


def _mergeable(runs: list[Run]) -> list[Run]:
    """Return the runs to merge: as many of one size as `FANOUT` allows."""
    by_size: dict[int, list[Run]] = {}
    for run in runs:
        by_size.setdefault(max(run.entries, 1).bit_length() // 2, []).append(run)
    return next((of_size for _, of_size in sorted(by_size.items()) if len(of_size) >= FANOUT), [])


def _new_run(database: sqlite3.Connection, entries: int, *, complete: bool) -> Run:
    bits = max(0, (entries // ENTRIES_A_BUCKET).bit_length())
    query = "INSERT INTO run (bits, entries, complete) VALUES (?, ?, ?)"
    number = database.execute(query, (bits, entries, int(complete))).lastrowid
    assert number is not None
    return Run(number, bits, entries)


def _write(database: sqlite3.Connection, run: Run, entries: np.ndarray) -> None:
    numbers = _bucket_of(entries["hash"], run.bits)
    starts = np.flatnonzero(np.diff(numbers, prepend=-1))
    content, size = entries.tobytes(), ENTRY.itemsize
    ends = np.append(starts, len(entries))[1:] * size
    rows = zip((numbers[starts] + run.first_row).tolist(), (starts * size).tolist(), ends.tolist(), strict=True)
    database.executemany("INSERT INTO bucket VALUES (?, ?)", [(row, content[start:end]) for row, start, end in rows])


def _slice(database: sqlite3.Connection, run: Run, step: int, steps: int) -> np.ndarray:
    """Return the entries of one of several equal parts of the hashes."""
    width = (1 << run.bits) // steps
    first = run.first_row + step * width
    rows = database.execute("SELECT data FROM bucket WHERE id >= ? AND id < ? ORDER BY id", (first, first + width))
    return np.frombuffer(b"".join([data for (data,) in rows]), ENTRY)


def _bucket_of(hashes: Hashes, bits: int) -> Places:
    if bits == 0:
        return np.zeros(len(hashes), dtype=np.int64)
    return (hashes >> np.uint64(64 - bits)).astype(np.int64)


def _entries(hashes: Hashes, places: Places) -> np.ndarray:
    entries = np.empty(len(hashes), dtype=ENTRY)
    entries["hash"], entries["low"], entries["high"] = hashes, places & 0xFFFFFFFF, places >> 32
    return entries


def _places_of(entries: np.ndarray) -> Places:
    places: Places = entries["low"].astype(np.int64) | entries["high"].astype(np.int64) << 32
    return places
