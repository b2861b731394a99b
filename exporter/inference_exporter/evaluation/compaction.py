"""Compaction: small neighbouring blocks of one model become one.

Slow traffic fills a block with each snapshot, a few rows at a time. The larger
block gets a number right behind the last of the small ones, so that later rows
still have greater places.
"""

import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

from . import blocks, index
from .blocks import ROWS_A_BLOCK, Block
from .buffer import ID, Part, block_of, together
from .database import STEP, secret_of, transaction
from .hashing import seed_of

SMALL_ROWS = ROWS_A_BLOCK // 4
# Joining costs as much as writing anew, so it waits until eight blocks become one.
NEIGHBOURS = 8


class _Size(NamedTuple):
    """A block, as far as the choice of neighbours needs it."""

    id: int
    first_entry: int
    rows: int
    kind: int
    model: str
    version: str
    variant: str


def compact(database: sqlite3.Connection, entry: int) -> bool:
    """Join some small blocks, if there are enough; returns whether there were.

    `entry` is that of the oldest snapshot that a start may restore: later blocks may have to be deleted again.
    """
    chosen = next(_neighbours(database, entry), None)
    if chosen is None:
        return False
    where = f"id IN ({', '.join('?' * len(chosen))})"
    small = list(blocks.listed(database, where, chosen))
    secret, number = secret_of(database), small[-1].id + 1
    joined = together([_part(database, secret, block) for block in small])
    # The latest: if a start rolls back to before it, all of it has to go, and comes again from the journal.
    first_entry = max(block.first_entry for block in small)
    with transaction(database):
        # In one transaction with the block that replaces them: a reader sees either.
        blocks.delete(database, chosen)
        blocks.write(database, block_of(joined), first_entry, small[-1].written, number)
        index.add_run(database, joined.hashes, blocks.places_of(number, len(joined.ids)))
    return True


def _neighbours(database: sqlite3.Connection, entry: int) -> Iterator[list[int]]:
    """Yield the numbers of blocks of one model that follow each other, and together fit into one."""
    groups: dict[tuple[object, ...], list[_Size]] = {}
    query = "SELECT id, first_entry, rows, kind, model, version, variant FROM block ORDER BY id"
    for size in map(_Size._make, database.execute(query)):
        group = groups.setdefault(size[3:], [])
        is_small = size.rows < SMALL_ROWS and size.first_entry <= entry
        if not is_small or sum(each.rows for each in group) + size.rows > ROWS_A_BLOCK:
            group.clear()
        if is_small:
            group.append(size)
        if len(group) >= NEIGHBOURS and size.id % STEP < STEP - 1:
            yield [each.id for each in group]


def _part(database: sqlite3.Connection, secret: int, block: Block) -> Part:
    columns = blocks.columns_of(database, block)
    ids = [str(name) for name in columns.pop(ID)]
    return Part(block.kind, block.key, seed_of(secret, *block.key), ids, columns, 0.0)
