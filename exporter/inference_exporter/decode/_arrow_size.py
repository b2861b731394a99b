"""How large an Arrow stream becomes, before it is read: buffers may be compressed, and columns weigh nothing.

Arrow unpacks a record batch whole, and has columns (null, run-end encoded) of
any length in a few bytes. The uncompressed length of a buffer is written
before it; where buffers lie is in the metadata, a FlatBuffer as in
https://github.com/apache/arrow/blob/main/format/Message.fbs.
"""

import struct
from collections.abc import Iterator
from typing import Any

from ..errors import DecodeError
from ._limits import DOCUMENT_BYTES

UNPACKED_BYTES = DOCUMENT_BYTES
"""What compressed buffers of one message may unpack to."""
FREE_ROWS = 1 << 16
"""Rows that may weigh nothing; beyond these, a row takes at least one byte."""
CELL_BYTES = 8
RECORD_BATCH, DICTIONARY_BATCH = 3, 2


def require_rows(rows: int, columns: int, size: int) -> None:
    """Refuse rows that are not in the bytes of a body.

    Raises
    ------
    DecodeError
        If there are far more of them than bytes.
    """
    if rows > FREE_ROWS + size or rows * columns * CELL_BYTES > UNPACKED_BYTES + 64 * size:
        raise DecodeError(f"expected at most {FREE_ROWS} rows more than bytes, got {rows}", "too_large", 413)


def require_unpacked(pa: Any, body: memoryview) -> None:
    """Refuse a stream whose compressed buffers unpack to too much.

    Raises
    ------
    DecodeError
        If those of one message do.
    """
    for message in pa.ipc.MessageReader.open_stream(body):
        if message.body is None:
            continue
        size = sum(_unpacked(memoryview(message.metadata), memoryview(message.body)))
        if size > UNPACKED_BYTES:
            raise DecodeError(
                f"expected at most {UNPACKED_BYTES} bytes once unpacked, got {size}: send less at a time",
                "too_large",
                413,
            )


def _unpacked(metadata: memoryview, body: memoryview) -> Iterator[int]:
    """Yield the uncompressed length of each compressed buffer of a message."""
    try:
        yield from _lengths(metadata, body)
    except (struct.error, IndexError):  # broken, as the reader will find
        return


def _lengths(metadata: memoryview, body: memoryview) -> Iterator[int]:
    message = _Table(metadata, _number("<I", metadata, 0))
    kind = _number("<B", metadata, message.field(1)) if message.field(1) else 0
    batch = message.table(2)
    if kind == DICTIONARY_BATCH:
        batch = batch.table(1)
    elif kind != RECORD_BATCH:
        return
    if not batch.field(3) or not batch.field(2):  # no compression, no buffers
        return
    start = batch.field(2) + _number("<I", metadata, batch.field(2))
    for place in range(_number("<I", metadata, start)):
        offset, length = struct.unpack_from("<qq", metadata, start + 4 + 16 * place)
        if length >= 8:
            yield max(_number("<q", body, offset), 0)  # -1: this one is as it is


class _Table:
    """A table of a FlatBuffer: fields by number, found through its table of offsets."""

    def __init__(self, data: memoryview, start: int) -> None:
        self._data, self._start = data, start
        self._offsets = start - _number("<i", data, start)

    def field(self, number: int) -> int:
        """Return where a field lies, 0 where absent."""
        place = 4 + 2 * number
        if place >= _number("<H", self._data, self._offsets):
            return 0
        offset = _number("<H", self._data, self._offsets + place)
        return self._start + offset if offset else 0

    def table(self, number: int) -> "_Table":
        """Return the table that a field refers to."""
        place = self.field(number)
        return _Table(self._data, place + _number("<I", self._data, place))


def _number(form: str, data: memoryview, place: int) -> int:
    return int(struct.unpack_from(form, data, place)[0])
