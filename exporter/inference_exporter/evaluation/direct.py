"""Columns as bytes of which some rows are read without the others.

A join wants a few rows of each of a thousand blocks: to decompress a whole block for
them took three quarters of its time. So what joins read is not compressed, but each
number has as few bytes as the block needs: whole or decimal numbers and times are kept
as distances from the lowest.
"""

import struct
import zlib
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from ..arrays import Column, DictionaryColumn, Floats, Rows
from .codec import encoded
from .numbers import digits_of

MAGIC = b"IXD1"
HEAD = struct.Struct("<III")
"""A checksum of what follows, how many rows there are, and the bytes of the columns' heads."""
START = len(MAGIC) + HEAD.size
DISTANCES = ("<u1", "<u2", "<u4")
DISTINCT_AT_MOST = 256


def packed(columns: Mapping[str, Column]) -> bytes | None:
    """Return columns of one length as bytes; None if one of them is neither of numbers nor of few values."""
    heads, contents, rows = [], [], 0
    for name, column in columns.items():
        found = _numbers(column) if isinstance(column, np.ndarray) else _dictionary(column)
        if found is None:
            return None
        head, array = found
        heads.append([name, array.dtype.str, *head])
        contents.append(array.tobytes())
        rows = len(array)
    head_bytes = orjson.dumps(heads)
    body = b"".join((head_bytes, *contents))
    return MAGIC + HEAD.pack(zlib.crc32(body), rows, len(head_bytes)) + body


def is_packed(content: bytes) -> bool:
    """Return whether bytes are of this form."""
    return content.startswith(MAGIC)


def unpacked(content: bytes, rows: Rows = slice(None), names: Iterable[str] | None = None) -> dict[str, Column]:
    """Return the columns of some bytes, or some rows or names of them.

    Raises
    ------
    ValueError, KeyError, IndexError, TypeError
        If they are damaged; a changed byte is noticed only when all rows are read.
    """
    if len(content) < START:
        raise ValueError("a block is cut short")
    checksum, number, size = HEAD.unpack_from(content, len(MAGIC))
    if isinstance(rows, slice) and zlib.crc32(memoryview(content)[START:]) != checksum:
        raise ValueError("the checksum of a block is wrong")
    columns, at = {}, START + size
    for name, kind, form, *rest in orjson.loads(content[START:at]):
        array = np.frombuffer(content, kind, number, at)
        if names is None or name in names:
            columns[name] = _column(array[rows], form, rest)
        at += array.nbytes
    return columns


def _numbers(values: Floats) -> tuple[list[object], NDArray[Any]] | None:
    digits = digits_of(values) if len(values) and not np.isnan(values).any() else None
    if digits is not None:
        whole = np.rint(values * 10.0**digits).astype(np.int64)
        lowest = int(whole.min())
        # As Python's integers: the distance of two 64-bit ones may not fit into 64 bits.
        kind = next((kind for kind in DISTANCES if int(whole.max()) - lowest <= np.iinfo(kind).max), None)
        if kind is not None:
            return ["whole", lowest, digits], (whole - lowest).astype(kind)
    with np.errstate(over="ignore"):
        single = values.astype("<f4")
    is_exact = np.array_equal(single.astype(np.float64), values, equal_nan=True)
    return ["float"], single if is_exact else values.astype("<f8")


def _dictionary(column: Column) -> tuple[list[object], NDArray[Any]] | None:
    (form, *rest), content = encoded(column)
    if form == "numbers":
        return _numbers(np.array(column, dtype=np.float64))
    if form != "dictionary":
        return None
    kind, values = rest
    return (["dictionary", values], np.frombuffer(content, kind)) if len(values) <= DISTINCT_AT_MOST else None


def _column(array: NDArray[Any], form: str, rest: list[Any]) -> Column:
    if form == "float":
        return array.astype(np.float64)
    if form == "dictionary":
        # Stored from 0, which is a missing value, as unsigned bytes cannot hold -1.
        return DictionaryColumn(array.astype(np.intp) - 1, tuple(rest[0]))
    lowest, digits = rest
    # Divided, not multiplied by 0.1: only so is each number exactly the one that was packed.
    values: Floats = (array.astype(np.int64) + lowest) / 10.0**digits
    return values
