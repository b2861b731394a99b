"""Reads the wire format of Protocol Buffers: fields by number, without a schema."""

import struct
from collections.abc import Iterator

from .faults import Fault

VARINT, FIXED_64, BYTES, FIXED_32 = 0, 1, 2, 5
VARINT_BYTES = 10
SIGN_BIT, WORD = 1 << 63, 1 << 64

Field = tuple[int, int | bytes]
"""The number of a field and its value: an integer without sign, or bytes (of fixed numbers too)."""


def fields_of(message: bytes) -> Iterator[Field]:
    """Yield the fields of a message in their order.

    Raises
    ------
    Fault
        If the bytes are no message.
    """
    place = 0
    while place < len(message):
        key, place = _varint(message, place)
        number, kind = key >> 3, key & 7
        if kind == VARINT:
            value, place = _varint(message, place)
            yield number, value
            continue
        size = {FIXED_64: 8, FIXED_32: 4}.get(kind)
        if kind == BYTES:
            size, place = _varint(message, place)
        if not number or size is None or place + size > len(message):
            raise Fault(f"expected a Protocol Buffers message, got byte {place} of {len(message)}")
        yield number, message[place : place + size]
        place += size


def integers(packed: bytes) -> list[int]:
    """Return packed integers without sign."""
    values, place = [], 0
    while place < len(packed):
        value, place = _varint(packed, place)
        values.append(value)
    return values


def signed(value: int) -> int:
    """Return an integer of 64 bits with its sign."""
    return value - WORD if value & SIGN_BIT else value


def floats(packed: bytes, form: str) -> list[float]:
    """Return packed numbers of fixed size: `f` or `d`."""
    size = struct.calcsize(form)
    if len(packed) % size:
        raise Fault(f"expected numbers of {size} bytes, got {len(packed)} bytes")
    return [*struct.unpack(f"<{len(packed) // size}{form}", packed)]


def _varint(message: bytes, place: int) -> tuple[int, int]:
    value = 0
    for number, byte in enumerate(message[place : place + VARINT_BYTES]):
        value |= (byte & 0x7F) << (7 * number)
        if byte < 0x80:
            return value % WORD, place + number + 1
    raise Fault(f"expected an integer at byte {place} of a Protocol Buffers message")
