"""Blocks: some thousand rows of one model, each group of columns compressed by itself.

The first group holds the ids, the second what a join needs, the others one
column each, so that a join reads a few bytes a row.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray

from ..arrays import Column, Floats, Rows
from ..samples.batch import ModelKey
from . import codec, direct
from .database import STEP

ROWS_A_BLOCK = 8192  # 2 ** ROW_BITS, so that a place is a block's number and a row's
ROW_BITS = 13
GROUP_BITS = 16
PREDICTIONS, OUTCOMES = 0, 1
IDS, JOIN = 0, 1
"""The groups that every block has; one of outcomes has no others."""
Places = NDArray[np.int64]


class Block(NamedTuple):
    """A block as the table lists it."""

    id: int
    kind: int
    first_entry: int
    key: ModelKey
    rows: int
    first_time: float
    last_time: float
    written: float
    bytes: int
    names: list[list[str]]
    """The columns of each group."""


class NewBlock(NamedTuple):
    """Rows that will become a block."""

    kind: int
    key: ModelKey
    times: Floats
    groups: Sequence[Mapping[str, Column]]


def write(
    database: sqlite3.Connection, block: NewBlock, first_entry: int, written: float, number: int | None = None
) -> int:
    """Write a block, within the transaction of the caller; returns its number, a new one unless it is given."""
    contents = contents_of(block)
    names = orjson.dumps([list(group) for group in block.groups]).decode()
    times = block.times
    row = (block.kind, first_entry, *block.key, len(times), float(times.min()), float(times.max()), written)
    if number is None:
        # Numbers are given once: the index may still hold places of deleted blocks, which must not lead to new ones.
        query = "UPDATE head SET next_block = next_block + ? RETURNING next_block - ?"
        number = int(database.execute(query, (STEP, STEP)).fetchone()[0])
    query = "INSERT INTO block VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    database.execute(query, (number, *row, sum(map(len, contents)), names))
    rows = [(number << GROUP_BITS | group, content) for group, content in enumerate(contents)]
    database.executemany("INSERT INTO content VALUES (?, ?)", rows)
    return number


def contents_of(block: NewBlock) -> list[bytes]:
    """Return each group of a block as bytes."""
    return [_packed(group, number) for number, group in enumerate(block.groups)]


def places_of(number: int, rows: int) -> Places:
    """Return the places of all rows of a block."""
    return (number << ROW_BITS) + np.arange(rows, dtype=np.int64)


def listed(database: sqlite3.Connection, where: str = "1", values: Sequence[object] = ()) -> Iterator[Block]:
    """Yield blocks in the order in which they were written."""
    for row in database.execute(f"SELECT * FROM block WHERE {where} ORDER BY id", values):  # noqa: S608 - our own text
        number, kind, entry, model, version, variant, *rest, names = row
        rows, first, last, written, size = rest
        key = ModelKey(model, version, variant)
        yield Block(number, kind, entry, key, rows, first, last, written, size, orjson.loads(names))


class JoinRows(NamedTuple):
    """Some rows of one block, with what a join needs."""

    kind: int
    wanted: NDArray[np.intp]
    """The positions of these rows among the places that were asked for."""
    columns: dict[str, Column]


def join_rows(database: sqlite3.Connection, places: Places) -> Iterator[JoinRows]:
    """Yield what joins need of the rows at some places, block by block; places of deleted blocks are left out."""
    # By block, so that each is read and decompressed once.
    order = np.argsort(places, kind="stable")
    numbers = places[order] >> ROW_BITS
    starts = np.flatnonzero(np.diff(numbers, prepend=-1))
    parts = dict(zip(numbers[starts].tolist(), np.split(order, starts[1:]), strict=True)) if len(places) else {}
    query = (
        "SELECT block.id, block.kind, content.data FROM json_each(?) AS wanted"
        " JOIN block ON block.id = wanted.value JOIN content ON content.id = (block.id << ? | ?)"
    )
    for number, kind, data in database.execute(query, (orjson.dumps(list(parts)).decode(), GROUP_BITS, JOIN)):
        wanted = parts[number]
        rows = places[wanted] & ((1 << ROW_BITS) - 1)
        yield JoinRows(kind, wanted, unpacked(data, rows))


def columns_of(database: sqlite3.Connection, block: Block, names: Iterable[str] | None = None) -> dict[str, Column]:
    """Return the columns of a block, or some of them.

    Raises
    ------
    codec.DAMAGE
        If the block is damaged.
    """
    wanted = None if names is None else set(names)
    columns: dict[str, Column] = {}
    for group, of_group in enumerate(block.names):
        if wanted is None or wanted & set(of_group):
            row = database.execute(
                "SELECT data FROM content WHERE id = ?", (block.id << GROUP_BITS | group,)
            ).fetchone()
            if row is None:
                raise KeyError(f"block {block.id}: group {group} is missing")
            columns |= unpacked(row[0], names=wanted)
    return columns


def _packed(columns: Mapping[str, Column], group: int) -> bytes:
    content = direct.packed(columns) if group == JOIN else None
    return codec.packed(columns) if content is None else content


def unpacked(content: bytes, rows: Rows = slice(None), names: Iterable[str] | None = None) -> dict[str, Column]:
    """Return the columns of a group, or some rows or names of them.

    Raises
    ------
    codec.DAMAGE
        If it is damaged.
    """
    read = direct.unpacked if direct.is_packed(content) else codec.unpacked
    return read(content, rows, names)


def delete(database: sqlite3.Connection, numbers: Sequence[int]) -> None:
    """Delete blocks, within the transaction of the caller."""
    for number in numbers:
        span = (number << GROUP_BITS, (number + 1) << GROUP_BITS)
        database.execute("DELETE FROM content WHERE id >= ? AND id < ?", span)
    database.executemany("DELETE FROM block WHERE id = ?", [(number,) for number in numbers])
