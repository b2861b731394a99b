"""Chooses how a body is read: by its first bytes or headers where they prove it, else by its content type."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from ..decode import FORMATS
from ..decode._base import WireFormat
from ..errors import DecodeError
from ..samples.records import Columns, Rows

ENOUGH_BYTES = 32  # a schema id takes up to 18
SHOWN_AT_MOST = 160  # characters of the known types, so that a short message still says what it got
# Defaults of HTTP clients, which say nothing about the body: it is treated as JSON, NDJSON included.
UNDECLARED = ("", "text/plain", "application/x-www-form-urlencoded", "application/octet-stream")


def declared(content_type: str) -> WireFormat:
    """Return the format of a content type.

    Raises
    ------
    DecodeError
        If the type is unknown.
    """
    name = content_type.partition(";")[0].strip().lower()
    if name in UNDECLARED:
        return FORMATS["json"]
    for wire_format in FORMATS.values():
        if name in wire_format.content_types:
            return wire_format
    known = ", ".join(name for wire_format in FORMATS.values() for name in wire_format.content_types[:1])
    if len(known) > SHOWN_AT_MOST:
        known = known[:SHOWN_AT_MOST].rpartition(", ")[0] + ", …"
    raise DecodeError(f"expected content type {known}, got {name!r}", "unreadable", 415)


def counted_as(headers: Mapping[str, str]) -> WireFormat:
    """Return the format under which a body counts that cannot be unpacked: the declared one, or else JSON."""
    try:
        return declared(headers.get("content-type", ""))
    except DecodeError:
        return FORMATS["json"]


def chosen(chunks: Iterable[bytes], headers: Mapping[str, str]) -> tuple[WireFormat, Iterator[bytes]]:
    """Return the format of a body, and its chunks."""
    chunks = iter(chunks)
    first = b""
    while len(first) < ENOUGH_BYTES and (more := next(chunks, b"")):
        first += more
    for wire_format in FORMATS.values():
        # Proof in the bytes beats the header: many loggers send everything as JSON.
        if wire_format.recognises is not None and wire_format.recognises(first, headers):
            return wire_format, chain([first], chunks)
    return declared(headers.get("content-type", "")), chain([first], chunks)


def payload_blocks(chunks: Iterable[bytes], headers: Mapping[str, str]) -> tuple[str, Iterator[Rows | Columns]]:
    """Return the key of the format of a body, and its blocks; one document may hold many samples."""
    wire_format, chunks = chosen(chunks, headers)
    return wire_format.key, (wire_format.read_payloads or wire_format.read)(chunks)
