"""How large the pages of a Parquet file become, before one is read: what its footer says may be wrong.

Each page has a header before it, in the compact protocol of Thrift, with the size
of the page as it is stored and once unpacked
(https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift).
"""

from collections.abc import Iterator
from typing import Any

from ..errors import DecodeError
from ._limits import DOCUMENT_BYTES

UNPACKED_BYTES = DOCUMENT_BYTES
"""What the pages of one row group may unpack to."""
PAGES_AT_MOST = 100_000
UNPACKED_FIELD, STORED_FIELD = 2, 3
BOOLEANS, BYTE, INTEGERS, DOUBLE, BINARY, LISTS, STRUCT = (1, 2), 3, (4, 5, 6), 7, 8, (9, 10), 12
# Headers of pages nest three deep; a forged one could nest until Python's stack ends.
NESTED_AT_MOST = 16


def require_unpacked(metadata: Any, body: memoryview) -> None:
    """Refuse a file of which a row group unpacks to too much.

    Raises
    ------
    DecodeError
        If one does, or its pages are not where its footer says.
    """
    for group in range(metadata.num_row_groups):
        size, row_group = 0, metadata.row_group(group)
        for column in range(row_group.num_columns):
            for unpacked in _pages(row_group.column(column), body):
                size += unpacked
                if size > UNPACKED_BYTES:
                    message = f"expected at most {UNPACKED_BYTES} bytes in a row group once unpacked, got more"
                    raise DecodeError(f"{message}: write smaller row groups", "too_large", 413)


def _pages(chunk: Any, body: memoryview) -> Iterator[int]:
    """Yield the unpacked size of each page of a column in a row group."""
    start = chunk.data_page_offset
    if chunk.has_dictionary_page and chunk.dictionary_page_offset:
        start = min(start, chunk.dictionary_page_offset)
    end = start + chunk.total_compressed_size
    if not 0 <= start <= end <= len(body):
        raise DecodeError(f"expected pages inside of the file, got bytes {start} to {end}", "not_parquet")
    # Bounded, because forged sizes of 0 would never get anywhere.
    for _ in range(PAGES_AT_MOST):
        if start >= end:
            return
        fields, start = _struct(body, start)
        stored, unpacked = fields.get(STORED_FIELD, -1), fields.get(UNPACKED_FIELD, -1)
        if stored < 0 or unpacked < 0:
            raise DecodeError("expected a page with its sizes, got none", "not_parquet")
        yield unpacked
        start += stored
    raise DecodeError(f"expected at most {PAGES_AT_MOST} pages in a column, got more", "too_large", 413)


def _struct(data: memoryview, place: int, depth: int = 0) -> tuple[dict[int, int], int]:
    """Return the integers of a struct by field, and where it ends."""
    fields: dict[int, int] = {}
    field = 0
    while True:
        header = _byte(data, place)
        place += 1
        if not header:
            return fields, place
        # Field numbers are written as steps from the last one, if small enough.
        if header >> 4:
            field += header >> 4
        else:
            field, place = _integer(data, place)
        value, place = _value(data, place, header & 15, depth)
        if value is not None:
            fields[field] = value


def _value(data: memoryview, place: int, kind: int, depth: int) -> tuple[int | None, int]:
    """Return an integer, or None for other values, and where it ends."""
    # Thrift's compact protocol puts a boolean into its field's header.
    if kind in BOOLEANS:
        return None, place
    if kind in INTEGERS:
        return _integer(data, place)
    if kind in (BYTE, DOUBLE):
        return None, place + (1 if kind == BYTE else 8)
    if kind == BINARY:
        length, place = _varint(data, place)
        return None, place + length
    if depth >= NESTED_AT_MOST:
        raise DecodeError("expected the header of a page, got deeply nested values", "not_parquet")
    if kind == STRUCT:
        return None, _struct(data, place, depth + 1)[1]
    if kind in LISTS:
        return None, _list(data, place, depth + 1)
    raise DecodeError(f"expected the header of a page, got a value of kind {kind}", "not_parquet")


def _list(data: memoryview, place: int, depth: int) -> int:
    header = _byte(data, place)
    size, place = header >> 4, place + 1
    if size == 15:
        size, place = _varint(data, place)
    for _ in range(size):
        kind = header & 15
        place = place + 1 if kind in BOOLEANS else _value(data, place, kind, depth)[1]
    return place


def _integer(data: memoryview, place: int) -> tuple[int, int]:
    value, place = _varint(data, place)
    return (value >> 1) ^ -(value & 1), place  # zigzag


def _varint(data: memoryview, place: int) -> tuple[int, int]:
    value = shift = 0
    while shift < 64:
        byte = _byte(data, place)
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
        shift += 7
    raise DecodeError("expected the header of a page, got an endless integer", "not_parquet")


def _byte(data: memoryview, place: int) -> int:
    if not 0 <= place < len(data):
        raise DecodeError("expected the header of a page, got the end of the file", "not_parquet")
    return data[place]
