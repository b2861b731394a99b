"""How much of a body is decoded at a time: bounds in bytes, so that no body becomes Python objects all at once."""

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

import numpy as np

from ..errors import DecodeError

# Decoded together: large enough to pay off as columns, small enough that the objects stay in the processor's caches,
# where decoding is about twice as fast.
BLOCK_BYTES = 1 << 16
RECORD_BYTES = 1 << 20
"""Maximum size of one record; 1,000 features of 1,000 characters each fit."""
DOCUMENT_BYTES = 1 << 26
"""Maximum decoded size of a JSON document that cannot be read in parts."""
DEPTH_AT_MOST = 100
"""Maximum depth of lists and objects in a long record; features have no values that deep."""
TEXT_LENGTH_AT_MOST = 1 << 16
"""Maximum length of a text; longer ones are truncated."""
ROWS_TOGETHER, BYTES_TOGETHER = 16_384, 1 << 24
"""Records of one shape go to the engine together once they are so many, or have so many bytes."""
VALUES_TOGETHER, FEW_ROWS, VALUES_AT_MOST = 400_000, 1024, 1_050_000
"""Or so many values, some megabytes; wide records up to the last number, as long as they are few rows."""
RECORDS_AT_MOST = 4_000_000
"""Maximum number of records in a body: as many as 64 MB hold at 16 bytes each."""

LONG_TEXT = 1 << 12
# Upper bounds of what CPython needs for an object, a list and any other value.
OBJECT_BYTES, LIST_BYTES, VALUE_BYTES = 200, 80, 64


def decoded_bytes(text: bytes) -> int:
    """Return an upper bound of a JSON text's decoded size, without decoding it."""
    objects, lists, commas, colons = map(_counter_of(text), b"{[,:")
    return len(text) + OBJECT_BYTES * objects + LIST_BYTES * lists + VALUE_BYTES * (commas + colons)


def _counter_of(text: bytes) -> Callable[[int], int]:
    """Return a function that counts a byte: of long texts with numpy, ten times as fast where bytes are frequent."""
    if len(text) < LONG_TEXT:
        return text.count
    codes = np.frombuffer(text, np.uint8)
    return lambda byte: int(np.count_nonzero(codes == byte))


TOO_LONG = f"expected a record of at most {RECORD_BYTES} bytes, got more"


def pieces_of(chunks: Iterable[bytes], least: int = BLOCK_BYTES, most: int = RECORD_BYTES) -> Iterator[bytes]:
    """Yield a body in pieces of `least` (except for the last) to `most` bytes."""
    for gathered in _gathered(chunks, least):
        if len(gathered) <= most:
            yield gathered
        else:
            yield from (gathered[start : start + most] for start in range(0, len(gathered), most))


def _gathered(chunks: Iterable[bytes], least: int) -> Iterator[bytes]:
    waiting: list[bytes] = []
    length = 0
    for chunk in chunks:
        waiting.append(chunk)
        length += len(chunk)
        if length >= least:
            yield waiting[0] if len(waiting) == 1 else b"".join(waiting)
            waiting, length = [], 0
    if length:
        yield b"".join(waiting)


_PLAIN = frozenset({str, int, float, bool, type(None)})


def with_short_texts(value: object, depth: int = 0) -> object:
    """Return a decoded value with texts truncated to the maximum length, and nothing below the maximum depth."""
    if isinstance(value, str):
        return value[:TEXT_LENGTH_AT_MOST]
    if isinstance(value, list | dict) and depth >= DEPTH_AT_MOST:
        return []
    if isinstance(value, list):
        return value if _are_short(value) else [with_short_texts(item, depth + 1) for item in value]
    if isinstance(value, dict):
        if _are_short(value.values()) and _are_short(value):
            return value
        return {name[:TEXT_LENGTH_AT_MOST]: with_short_texts(item, depth + 1) for name, item in value.items()}
    return value


def _are_short(values: Collection[Any]) -> bool:
    """Return whether values are numbers and texts of which none is too long."""
    kinds = set(map(type, values))
    if not kinds <= _PLAIN:
        return False
    texts = values if kinds == {str} else [value for value in values if type(value) is str] if str in kinds else ()
    return max(map(len, texts), default=0) <= TEXT_LENGTH_AT_MOST


def require_few(index: int) -> None:
    """Refuse the rest of a body with too many records.

    Raises
    ------
    DecodeError
        If the maximum number of records has been read.
    """
    if index >= RECORDS_AT_MOST:
        raise DecodeError(f"expected at most {RECORDS_AT_MOST} records, got more", "too_large", 413)


def rows_together(width: int) -> int:
    """Return how many records of so many values are enough for the engine: each batch and column costs by itself."""
    return max(1, min(ROWS_TOGETHER, max(VALUES_TOGETHER // width, min(FEW_ROWS, VALUES_AT_MOST // width))))
