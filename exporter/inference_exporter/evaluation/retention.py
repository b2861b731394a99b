"""Retention: the oldest blocks are deleted by age and by size."""

import sqlite3
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

from . import blocks
from .database import transaction

# A file at its limit then gets some room each time, instead of deleting a block with each write.
SHARE_DELETED_AT_ONCE = 0.02
VACUUM_PAGES = 2000
# Free pages are used again; only many of them are worth moving others.
FREE_SHARE = 0.1


class Limits(NamedTuple):
    """How long blocks are kept, and how many bytes of the file are in use at most."""

    seconds: float
    size: int


def prune(database: sqlite3.Connection, limits: Limits, now: float) -> int:
    """Delete blocks that are too old, or the oldest if the file is too large; returns how many predictions went."""
    # Blocks are listed in the order of writing, so the first one that is young enough ends the search.
    old = list(takewhile(lambda block: block.written < now - limits.seconds, blocks.listed(database)))
    if not old and used_bytes(database) > limits.size:
        old = _oldest(database)
    if not old:
        return 0
    with transaction(database):
        blocks.delete(database, [block.id for block in old])
    return sum(block.rows for block in old if block.kind == blocks.PREDICTIONS)


def _oldest(database: sqlite3.Connection) -> list[blocks.Block]:
    """Return the oldest blocks, some hundredths of all bytes."""
    (total,) = database.execute("SELECT sum(bytes) FROM block").fetchone()
    chosen: list[blocks.Block] = []
    size = 0
    for block in blocks.listed(database):
        if chosen and size >= SHARE_DELETED_AT_ONCE * total:
            break
        chosen.append(block)
        size += block.bytes
    return chosen


def give_back(database: sqlite3.Connection) -> None:
    """Return pages to the file system if many are free, some at a time."""
    pages, free = (int(database.execute(f"PRAGMA {name}").fetchone()[0]) for name in ("page_count", "freelist_count"))
    if free > FREE_SHARE * pages:
        # A step of this statement frees one page, and `execute` makes one step of it.
        database.executescript(f"PRAGMA incremental_vacuum({VACUUM_PAGES})")


def used_bytes(database: sqlite3.Connection) -> int:
    """Return the bytes of the file that are in use."""
    pages, free, size = (
        int(database.execute(f"PRAGMA {name}").fetchone()[0]) for name in ("page_count", "freelist_count", "page_size")
    )
    return (pages - free) * size


def size_of(path: Path) -> int:
    """Return the bytes of the file and its log."""
    size = 0
    for file in (path, path.with_name(f"{path.name}-wal")):
        try:
            size += file.stat().st_size
        except OSError:
            continue
    return size
