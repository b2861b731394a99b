"""Traces of OpenTelemetry as Protocol Buffers, turned into the document that OTLP/HTTP has in JSON.

Only the fields that calls of language models need are read, by their numbers in
opentelemetry-proto 1; others are skipped.
"""

import struct
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..errors import DecodeError
from ..samples.records import Rows
from ..values.faults import Fault
from ..values.protobuf import fields_of, signed
from ._base import WireFormat
from ._limits import DOCUMENT_BYTES

MESSAGE_BYTES = DOCUMENT_BYTES // 8
DEPTH_AT_MOST = 20
TEXT, HEX, NUMBER, TIME, DOUBLE, BOOLEAN = "text", "hex", "number", "time", "double", "boolean"
LISTS = frozenset(("resourceSpans", "scopeSpans", "spans", "attributes", "values"))
Fields = Mapping[int, tuple[str, str]]
# By message: the name of each field in JSON, and its kind, or the message that it holds.
MESSAGES: Mapping[str, Fields] = {
    "request": {1: ("resourceSpans", "resource_spans")},
    "resource_spans": {2: ("scopeSpans", "scope_spans")},
    "scope_spans": {2: ("spans", "span")},
    "span": {
        1: ("traceId", HEX), 2: ("spanId", HEX), 5: ("name", TEXT), 7: ("startTimeUnixNano", TIME),
        8: ("endTimeUnixNano", TIME), 9: ("attributes", "pair"), 15: ("status", "status"),
    },
    "pair": {1: ("key", TEXT), 2: ("value", "value")},
    "value": {
        1: ("stringValue", TEXT), 2: ("boolValue", BOOLEAN), 3: ("intValue", NUMBER), 4: ("doubleValue", DOUBLE),
        5: ("arrayValue", "array"), 6: ("kvlistValue", "pairs"),
    },
    "array": {1: ("values", "value")},
    "pairs": {1: ("values", "pair")},
    "status": {2: ("message", TEXT), 3: ("code", NUMBER)},
}  # fmt: skip


def read(chunks: Iterable[bytes]) -> Iterator[Rows]:
    """Yield the message as one document."""
    body = b"".join(chunks)
    if len(body) > MESSAGE_BYTES:
        raise DecodeError(f"expected traces of at most {MESSAGE_BYTES} bytes, got {len(body)}", "too_large", 413)
    try:
        yield Rows([_message("request", body, 0)], range(1))
    except Fault as fault:
        raise DecodeError(f"expected OTLP traces, got: {fault}", "not_traces") from None


def recognises(first: bytes, headers: Mapping[str, str]) -> bool:
    """Return whether the first bytes are spans by resource: a message (1) that begins with a message (1 or 2).

    Messages of the Open Inference Protocol begin with a name, which has no control characters.
    """
    if first[:1] != b"\x0a":
        return False
    # The first byte below 0x80 ends the varint of the length.
    inner = next((place for place in range(1, min(len(first), 6)) if first[place] < 0x80), -1) + 1
    return inner > 0 and first[inner : inner + 1] in (b"\x0a", b"\x12")


def _message(kind: str, body: bytes, depth: int) -> dict[str, Any]:
    if depth > DEPTH_AT_MOST:
        raise Fault(f"more than {DEPTH_AT_MOST} messages inside of each other")
    fields, found = MESSAGES[kind], dict[str, Any]()
    for number, value in fields_of(body):
        # Fields of later versions of the protocol, and those that we do not need, are skipped by their length.
        if number not in fields:
            continue
        name, inner = fields[number]
        content = _content(inner, value, depth)
        if name in LISTS:
            found.setdefault(name, []).append(content)
        else:
            found[name] = content
    return found


def _content(kind: str, value: int | bytes, depth: int) -> Any:
    if isinstance(value, int):
        if kind not in (NUMBER, BOOLEAN):
            raise Fault(f"a number where {kind} belongs")
        return bool(value) if kind == BOOLEAN else signed(value)
    if kind in MESSAGES:
        return _message(kind, value, depth + 1)
    if kind == TEXT:
        return value.decode("utf-8", "replace").replace("\0", "\ufffd")
    if kind == HEX:
        return value.hex()
    if kind in (TIME, DOUBLE) and len(value) == 8:
        return struct.unpack("<Q" if kind == TIME else "<d", value)[0]
    raise Fault(f"{len(value)} bytes where {kind} belongs")


FORMAT = WireFormat(
    key="otlp_protobuf",
    content_types=("application/x-otlp",),
    read=read,
    reasons=("not_traces",),
    recognises=recognises,
)
