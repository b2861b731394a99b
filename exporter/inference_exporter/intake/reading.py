"""Chooses how a body is read: by its first bytes or headers where they prove it, else by its content type."""

import codecs
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


# Byte order marks, and how bytes after them are read.
MARKS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
UTF8 = ("utf-8", "ascii")
# Names of charsets begin so; Python's other codecs decode no text (zlib), or are not charsets (idna).
CHARSETS = (
    "iso8859",
    "iso2022",
    "cp",
    "utf-16",
    "utf-32",
    "mac",
    "koi8",
    "gb",
    "big5",
    "euc",
    "shift_jis",
    "johab",
    "tis",
)


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
    content_type = headers.get("content-type", "")
    return declared(content_type), in_utf8(chain([first], chunks), charset_of(first, content_type))


def charset_of(first: bytes, content_type: str) -> str:
    """Return the name of the charset of a text: by its byte order mark, else as declared; UTF-8 if that is unknown."""
    if (mark := next((name for mark, name in MARKS.items() if first.startswith(mark)), None)) is not None:
        return mark
    if "charset" not in content_type.lower():
        return UTF8[0]
    parameters = dict(part.strip().lower().partition("=")[::2] for part in content_type.split(";")[1:])
    try:
        name = codecs.lookup(parameters.get("charset", "").strip("\"' ")).name
    except (LookupError, ValueError):  # ValueError: a NUL in the name
        return UTF8[0]
    return name if name.startswith(CHARSETS) else UTF8[0]


def in_utf8(chunks: Iterator[bytes], charset: str) -> Iterator[bytes]:
    """Return chunks in UTF-8, those of UTF-8 unchanged."""
    return chunks if charset in UTF8 else _recoded(chunks, charset)


def _recoded(chunks: Iterator[bytes], charset: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(charset)("replace")
    for chunk in chunks:
        yield decoder.decode(chunk).encode(errors="replace")
    yield decoder.decode(b"", final=True).encode(errors="replace")


def payload_blocks(chunks: Iterable[bytes], headers: Mapping[str, str]) -> tuple[str, Iterator[Rows | Columns]]:
    """Return the key of the format of a body, and its blocks; one document may hold many samples."""
    wire_format, chunks = chosen(chunks, headers)
    return wire_format.key, (wire_format.read_payloads or wire_format.read)(chunks)
