"""How much of a body is decoded at a time: bounds in bytes, so that no body can become objects all at once."""

from collections.abc import Iterable, Iterator

from ..errors import DecodeError

# Decoded together: enough to be worth a column, and few enough that their objects stay in the processor's caches,
# where decoding is about twice as fast.
BLOCK_BYTES = 1 << 16
RECORD_BYTES = 1 << 20
"""One record; 1,000 features of 1,000 characters each fit."""
DOCUMENT_BYTES = 1 << 26
"""What a JSON document that cannot be read in parts may weigh once decoded."""
TEXT_LENGTH_AT_MOST = 1 << 16
"""Characters of one text; longer ones are cut."""
RECORDS_AT_MOST = 4_000_000
"""Records of one body: a body of 64 MB holds as many of 16 bytes each."""

# What CPython needs for an object, a list and any other value, at most.
OBJECT_BYTES, LIST_BYTES, VALUE_BYTES = 200, 80, 64


def decoded_bytes(text: bytes) -> int:
    """Return what a JSON text may weigh once decoded, at most, without decoding it."""
    structure = OBJECT_BYTES * text.count(b"{") + LIST_BYTES * text.count(b"[")
    return len(text) + structure + VALUE_BYTES * (text.count(b",") + text.count(b":"))


TOO_LONG = f"expected a record of at most {RECORD_BYTES} bytes, got more"


def pieces_of(chunks: Iterable[bytes], least: int = BLOCK_BYTES, most: int = RECORD_BYTES) -> Iterator[bytes]:
    """Yield the bytes of a body in pieces of at least so many bytes, but for the last, and at most so many."""
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


def with_short_texts(value: object) -> object:
    """Return a decoded value whose texts are no longer than a text may be."""
    if isinstance(value, str):
        return value[:TEXT_LENGTH_AT_MOST]
    if isinstance(value, list):
        return [with_short_texts(item) for item in value]
    if isinstance(value, dict):
        return {name[:TEXT_LENGTH_AT_MOST]: with_short_texts(item) for name, item in value.items()}
    return value


def require_few(index: int) -> None:
    """Refuse the rest of a body that holds too many records.

    Raises
    ------
    DecodeError
        If so many records have come already.
    """
    if index >= RECORDS_AT_MOST:
        raise DecodeError(f"expected at most {RECORDS_AT_MOST} records, got more", "too_large", 413)
