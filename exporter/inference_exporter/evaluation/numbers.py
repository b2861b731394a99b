"""Numbers as few bytes that give back exactly the same numbers.

Most columns hold whole or decimal numbers, or times that grow by small steps:
these become small integers, or differences of them. Other numbers have the
bytes of equal weight together, where sign and exponent compress well.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..arrays import Floats, Rows

DIGITS = (0, 1, 2, 3, 4, 6)
# Most columns that are not decimal show it within the first values.
TRIED_FIRST = 64
EXACT_AT_MOST = 2.0**53
SMALL = (np.int8, np.int16, np.int32, np.int64)
Head = list[Any]
"""How to read the bytes: the form and its parameters."""


def encoded(values: Floats) -> tuple[Head, bytes]:
    """Return numbers as a head and bytes."""
    missing = np.isnan(values)
    known = values[~missing] if missing.any() else values
    digits = digits_of(known)
    if digits is not None:
        whole = np.zeros(len(values), dtype=np.int64)
        whole[~missing] = np.rint(known * 10.0**digits)
        return _encoded_integers(whole, missing, digits)
    with np.errstate(over="ignore"):
        single = values.astype(np.float32)
    if np.array_equal(single.astype(np.float64), values, equal_nan=True):
        return ["single"], _by_weight(single)
    return ["double"], _by_weight(values)


def digits_of(known: Floats) -> int | None:
    """Return how many decimals all numbers have, None if they have many or are too large."""
    for sample in (known[:TRIED_FIRST], known):
        digits = next((digits for digits in DIGITS if _has_digits(sample, digits)), None)
        if digits is None:
            return None
    return digits


def _has_digits(known: Floats, digits: int) -> bool:
    scale = 10.0**digits
    with np.errstate(over="ignore"):
        whole = np.rint(known * scale)
    if len(known) and not np.abs(whole).max() < EXACT_AT_MOST:
        return False
    # Bit by bit: −0.0 equals 0.0, and would come back as another number.
    return np.array_equal(((whole + 0.0) / scale).view(np.int64), np.ascontiguousarray(known).view(np.int64))


def _encoded_integers(whole: NDArray[np.int64], missing: NDArray[np.bool_], digits: int) -> tuple[Head, bytes]:
    mask = np.packbits(missing).tobytes() if missing.any() else b""
    steps = np.diff(whole, prepend=whole[:1])
    kind, step_kind = _smallest(whole), _smallest(steps)
    if np.dtype(step_kind).itemsize < np.dtype(kind).itemsize:
        head = ["steps", digits, np.dtype(step_kind).str, len(mask), int(whole[0])]
        return head, mask + _by_weight(steps.astype(step_kind))
    return ["whole", digits, np.dtype(kind).str, len(mask), 0], mask + _by_weight(whole.astype(kind))


def _smallest(whole: NDArray[np.int64]) -> type[np.signedinteger[Any]]:
    if not len(whole):
        return np.int8
    low, high = int(whole.min()), int(whole.max())
    return next(kind for kind in SMALL if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max)


def _by_weight(values: NDArray[Any]) -> bytes:
    """Return the first bytes of all values, then their second bytes, and so on."""
    size = values.itemsize
    # Bytes of one weight resemble each other (exponents, high zeros), which zstd then finds.
    return np.ascontiguousarray(values).view(np.uint8).reshape(-1, size).T.tobytes()


def decoded(head: Head, content: bytes, rows: Rows = slice(None)) -> Floats:
    """Return the numbers of a head and its bytes, or some rows of them."""
    if head[0] in ("single", "double"):
        return _from_weight(content, "<f4" if head[0] == "single" else "<f8", rows).astype(np.float64)
    form, digits, kind, mask_size, first = head
    if form == "steps":
        whole = (np.cumsum(_from_weight(content[mask_size:], kind).astype(np.int64)) + first)[rows]
    else:
        whole = _from_weight(content[mask_size:], kind, rows).astype(np.int64)
    values: Floats = whole / 10.0**digits
    if mask_size:
        values[
            np.unpackbits(np.frombuffer(content[:mask_size], np.uint8)).astype(bool)[: _count(head, content)][rows]
        ] = np.nan
    return values


def _count(head: Head, content: bytes) -> int:
    return (len(content) - int(head[3])) // np.dtype(head[2]).itemsize


def _from_weight(content: bytes, kind: str, rows: Rows = slice(None)) -> NDArray[Any]:
    weights = np.frombuffer(content, np.uint8).reshape(np.dtype(kind).itemsize, -1)
    return np.ascontiguousarray(weights[:, rows].T).view(kind)[:, 0]
