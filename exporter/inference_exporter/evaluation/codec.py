"""Columns as compressed bytes, and back."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import orjson
import zstandard

from ..arrays import Column, DictionaryColumn, Rows, column_rows
from . import numbers

# zstd's fastest level: the encodings before it have done most of the work.
LEVEL = 1
# With more different values, the dictionary costs more than it saves.
DISTINCT_AT_MOST = 0.5
CODES = (np.uint8, np.uint16, np.uint32)
HEAD_BYTES = 4
DAMAGE = (ValueError, KeyError, IndexError, TypeError, zstandard.ZstdError)
"""What reading damaged bytes may raise."""


def packed(columns: Mapping[str, Column]) -> bytes:
    """Return columns of one length as bytes."""
    heads, contents = [], []
    for name, column in columns.items():
        head, content = encoded(column)
        heads.append([name, len(content), *head])
        contents.append(content)
    text = orjson.dumps(heads)
    return zstandard.compress(b"".join((len(text).to_bytes(HEAD_BYTES, "little"), text, *contents)), LEVEL)


def unpacked(content: bytes, rows: Rows = slice(None), names: Iterable[str] | None = None) -> dict[str, Column]:
    """Return the columns of some bytes, or some rows or names of them.

    Numbers are arrays, other values are by dictionary or a list.

    Raises
    ------
    ValueError, KeyError, IndexError, TypeError, ZstdError
        If they are damaged.
    """
    plain = zstandard.decompress(content)
    start = HEAD_BYTES + int.from_bytes(plain[:HEAD_BYTES], "little")
    columns = {}
    for name, size, *head in orjson.loads(plain[HEAD_BYTES:start]):
        if names is None or name in names:
            columns[name] = _decoded(head, plain[start : start + size], rows)
        start += size
    return columns


def encoded(column: Column) -> tuple[list[Any], bytes]:
    """Return a column as a head, which says how to read it, and bytes."""
    if isinstance(column, np.ndarray):
        head, content = numbers.encoded(column)
        return ["numbers", *head], content
    if isinstance(column, DictionaryColumn):
        return _by_dictionary(column.codes, column.values)
    kinds = set(map(type, column))
    if kinds <= {float, type(None)} and float in kinds:
        head, content = numbers.encoded(np.array(column, dtype=np.float64))
        return ["numbers", *head], content
    if len(kinds - {type(None)}) <= 1 and kinds <= {str, int, bool, type(None)}:  # True equals 1
        coded = _coded(column)
        if coded is not None:
            return _by_dictionary(coded.codes, coded.values)
    return ["values"], orjson.dumps(list(column), default=str, option=orjson.OPT_SERIALIZE_NUMPY)


def _coded(column: Sequence[object]) -> DictionaryColumn | None:
    """Return a column by dictionary, None if most of its values differ."""
    values = [value for value in dict.fromkeys(column) if value is not None]
    if len(values) > DISTINCT_AT_MOST * len(column) + 1:
        return None
    codes: dict[object, int] = {None: -1, **{value: code for code, value in enumerate(values)}}
    return DictionaryColumn(np.fromiter(map(codes.__getitem__, column), np.intp, len(column)), tuple(values))


def _by_dictionary(codes: np.ndarray, values: Sequence[object]) -> tuple[list[object], bytes]:
    kind = next(kind for kind in CODES if len(values) <= np.iinfo(kind).max)
    return ["dictionary", np.dtype(kind).str, list(values)], (codes + 1).astype(kind).tobytes()


def _decoded(head: list[object], content: bytes, rows: Rows) -> Column:
    form, *rest = head
    if form == "numbers":
        return numbers.decoded(rest, content, rows)
    if form == "values":
        chosen: Column = column_rows(orjson.loads(content), rows)
        return chosen
    kind, values = rest
    assert isinstance(kind, str) and isinstance(values, list)
    # 0 is a missing value, so codes are stored one higher.
    return DictionaryColumn(np.frombuffer(content, kind)[rows].astype(np.intp) - 1, tuple(values))
