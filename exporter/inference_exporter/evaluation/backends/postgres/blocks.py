"""Blocks in PostgreSQL: written with their places, listed, and deleted."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import orjson

from ....arrays import Column
from ...blocks import JOIN, PREDICTIONS, ROW_BITS, Block, JoinRows, Places, contents_of, places_of, unpacked
from ...buffer import block_of
from .._base import Sealed
from . import texts
from .arrays import Numbers, copied, signed
from .connection import Connection, Cursor

COLUMNS = "id, token, replica, first_entry, model, version, variant, rows, first_time, last_time, written, bytes, names"
STORED = (
    "SELECT id, first_entry, model, version, variant, rows, first_time, last_time, written, bytes, names FROM block"
)
PLACE_BYTES = 80
"""A row's entry in the table of places and its index."""


def write(database: Connection, replica: int, sealed: Sequence[Sealed], now: float) -> None:
    """Write blocks of predictions, all or none; one that is stored already, by its token, is left out."""
    with database.transaction():
        query = "SELECT nextval('block_id') FROM generate_series(1, %s)"
        numbers = [int(number) for (number,) in database.execute(query, (len(sealed),))]
        packed = [contents_of(block_of(one.part)) for one in sealed]
        rows = [
            _row(number, replica, one, contents, now)
            for number, one, contents in zip(numbers, sealed, packed, strict=True)
        ]
        query = f"INSERT INTO block ({COLUMNS}) VALUES ({', '.join(['%s'] * 13)}) ON CONFLICT DO NOTHING"  # noqa: S608
        with database.cursor() as cursor:
            cursor.executemany(query.encode(), rows)
            # An answer to COMMIT that was lost leaves blocks that are sent again.
            stored = cursor.execute("SELECT id FROM block WHERE id = ANY(%s)", (numbers,)).fetchall()
            new = {int(number) for (number,) in stored}
            _copy_contents(cursor, {n: contents for n, contents in zip(numbers, packed, strict=True) if n in new})
            fresh = [(n, one.part) for n, one in zip(numbers, sealed, strict=True) if n in new]
            if fresh:
                hashes = np.concatenate([signed(part.hashes) for _, part in fresh])
                places = np.concatenate([places_of(number, len(part.ids)) for number, part in fresh])
                with cursor.copy("COPY place FROM STDIN (FORMAT BINARY)") as copy:
                    copy.write(copied([hashes, places]))


def _row(number: int, replica: int, sealed: Sealed, contents: Sequence[bytes], now: float) -> tuple[object, ...]:
    block = block_of(sealed.part)
    names = orjson.dumps([list(group) for group in block.groups]).decode()
    first, last = float(block.times.min()), float(block.times.max())
    size = sum(map(len, contents)) + PLACE_BYTES * len(block.times)
    key = texts.columns_of(block.key)
    return number, sealed.part.token, replica, sealed.first_entry, *key, len(block.times), first, last, now, size, names


def _copy_contents(cursor: Cursor, contents: Mapping[int, Sequence[bytes]]) -> None:
    with cursor.copy("COPY content FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(["int8", "int2", "bytea"])
        for number, of_block in contents.items():
            for part, data in enumerate(of_block):
                copy.write_row((number, part, data))


def listed(database: Connection, where: str = "true", values: Sequence[object] = ()) -> Iterator[Block]:
    """Yield blocks in the order in which they were numbered."""
    for row in database.execute(f"{STORED} WHERE {where} ORDER BY id".encode(), values):  # our own text
        number, entry, model, version, variant, rows, first, last, written, size, names = row
        key = texts.key_of(model, version, variant)
        yield Block(number, PREDICTIONS, entry, key, rows, first, last, written, size, orjson.loads(names))


def join_rows(database: Connection, places: Places) -> Iterator[JoinRows]:
    """Yield what joins need of the rows at some places, block by block; places of deleted blocks are left out."""
    if not len(places):
        return
    order = np.argsort(places, kind="stable")
    numbers = places[order] >> ROW_BITS
    starts = np.flatnonzero(np.diff(numbers, prepend=-1))
    parts = dict(zip(numbers[starts].tolist(), np.split(order, starts[1:]), strict=True))
    query = "SELECT block, data FROM content WHERE block = ANY(%s) AND part = %s"
    wanted = Numbers(np.array(list(parts), dtype=np.int64))
    with database.cursor(binary=True) as cursor:
        for number, data in cursor.execute(query, (wanted, JOIN)):
            rows = places[parts[number]] & ((1 << ROW_BITS) - 1)
            yield JoinRows(PREDICTIONS, parts[number], unpacked(data, rows))


def columns_of(database: Connection, number: int) -> dict[str, Column]:
    """Return the columns of a block; nothing if it was deleted.

    Raises
    ------
    codec.DAMAGE
        If the block is damaged.
    """
    columns: dict[str, Column] = {}
    with database.cursor(binary=True) as cursor:
        for (data,) in cursor.execute("SELECT data FROM content WHERE block = %s ORDER BY part", (number,)):
            columns |= unpacked(data)
    return columns


def delete(database: Connection, numbers: Sequence[int]) -> None:
    """Delete blocks and the places of their rows, within the transaction of the caller."""
    database.execute("DELETE FROM content WHERE block = ANY(%s)", (list(numbers),))
    database.execute("DELETE FROM block WHERE id = ANY(%s)", (list(numbers),))
    for first, last in _spans(sorted(numbers)):
        database.execute(
            "DELETE FROM place WHERE place >= %s AND place < %s", (first << ROW_BITS, (last + 1) << ROW_BITS)
        )


def _spans(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and last of each run of neighbours."""
    ends = np.flatnonzero(np.diff(numbers, append=1 << 62) != 1)
    starts = np.flatnonzero(np.diff(numbers, prepend=-2) != 1)
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        yield numbers[start], numbers[end]
