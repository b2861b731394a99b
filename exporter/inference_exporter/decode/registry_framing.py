"""Framing of schema registries: Confluent's magic byte 0 and the id of a schema, AWS Glue's 3 and a UUID.

JSON is read; Avro and Protocol Buffers need the schema, which only the registry has.
"""

import zlib
from collections.abc import Iterable, Iterator, Mapping

from ..errors import DecodeError
from ..samples.records import Rows
from ._base import WireFormat
from ._limits import DOCUMENT_BYTES, decoded_bytes
from .json_text import parse_json

CONFLUENT, CONFLUENT_BYTES = b"\x00", 5
CONFLUENT_GUID, GUID_BYTES = b"\x01", 17
LENGTH = "inference-header-content-length"
OPAQUE = ("", "application/octet-stream", "application/avro", "avro/binary", "application/x-protobuf")
GLUE, GLUE_BYTES, DEFLATED = (b"\x03\x00", b"\x03\x05"), 18, 5


def recognises(first: bytes, headers: Mapping[str, str]) -> bool:
    """Return whether a body begins with the id of a schema.

    A body of a declared type only if JSON follows: a stray zero may stand in front of other content.
    """
    if first.startswith(CONFLUENT_GUID):
        return _is_json(first[GUID_BYTES:])
    if len(first) <= CONFLUENT_BYTES or not first.startswith((CONFLUENT, *GLUE)) or LENGTH in headers:
        return False
    is_opaque = headers.get("content-type", "").partition(";")[0].strip().lower() in OPAQUE
    return is_opaque or first.startswith(GLUE) or _is_json(first[CONFLUENT_BYTES:])


def read(chunks: Iterable[bytes]) -> Iterator[Rows]:
    """Yield the document behind the id."""
    text = _content(b"".join(chunks))
    if not _is_json(text):
        raise DecodeError(
            "expected JSON behind the schema id: Avro and Protocol Buffers need the registry", "no_schema"
        )
    if decoded_bytes(text) > DOCUMENT_BYTES:
        raise DecodeError(f"expected a document of at most {DOCUMENT_BYTES} bytes once decoded", "too_large", 413)
    yield Rows([parse_json(text)], range(1))


def _content(body: bytes) -> bytes:
    if not body.startswith(GLUE):
        return body[GUID_BYTES if body.startswith(CONFLUENT_GUID) else CONFLUENT_BYTES :]
    if body[1] != DEFLATED:
        return body[GLUE_BYTES:]
    try:
        decompressor = zlib.decompressobj()
        text = decompressor.decompress(body[GLUE_BYTES:], DOCUMENT_BYTES)
    except zlib.error as error:
        raise DecodeError(f"expected zlib behind the id of a schema, got: {error}", "no_schema") from None
    if decompressor.unconsumed_tail:
        raise DecodeError(f"expected at most {DOCUMENT_BYTES} bytes once unpacked, got more", "too_large", 413)
    return text


def _is_json(text: bytes) -> bool:
    return text.lstrip()[:1] in (b"{", b"[")


FORMAT = WireFormat(
    key="registry_framing",
    content_types=("application/vnd.confluent.json",),
    read=read,
    reasons=("no_schema",),
    recognises=recognises,
)
