"""Opens what is around a payload: envelopes and encodings, to a bounded depth and size."""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..decode import FORMATS
from ..decode._base import WireFormat
from ..decode.json_body import read_whole
from ..errors import DecodeError
from ..payloads._base import Attributes, UnreadablePayload
from ..payloads._candidates import Candidates
from ..payloads.envelopes import ENVELOPES
from ..payloads.envelopes._base import Envelope
from ..payloads.streams import with_whole_streams
from ..samples.records import Columns
from .body import chunks_of
from .reading import chosen
from .tables import table_records

# More than services nest, and a bound for what a sender may.
DEPTH_AT_MOST = 4
CANDIDATES = Candidates(ENVELOPES.values())
UNPACKED_BYTES = 1 << 26
"""What all parts of one record may have, decompressed."""


@dataclass(frozen=True, slots=True)
class Part:
    """A document, and the attributes beside it."""

    document: Any
    attributes: Attributes


@dataclass(frozen=True, slots=True)
class Unopened:
    """A part that cannot be opened, and why."""

    message: str
    reason: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the sender of an envelope wants to be answered."""

    body: Mapping[str, Any]


Opened = Part | Unopened | Answer


@dataclass
class _Budget:
    left: int = UNPACKED_BYTES


def opened(value: Any, attributes: Attributes) -> Iterator[Opened]:
    """Yield the documents of a record; bytes are a body of any format."""
    return _opened(value, attributes, 0, _Budget())


def _opened(value: Any, attributes: Attributes, depth: int, budget: _Budget) -> Iterator[Opened]:
    if isinstance(value, bytes):
        yield from _read(value, attributes, depth, budget)
        return
    envelope = _envelope_of(value, attributes)
    if envelope is None:
        yield Part(value, attributes)
    elif depth >= DEPTH_AT_MOST:
        yield Unopened(f"expected at most {DEPTH_AT_MOST} envelopes around each other, got more", "unreadable_payload")
    else:
        yield from _inside(envelope, value, attributes, depth + 1, budget)


def _envelope_of(value: Any, attributes: Attributes) -> Envelope | None:
    if not isinstance(value, dict):
        return None
    return CANDIDATES.of(value, attributes)


def _inside(envelope: Envelope, value: Any, attributes: Attributes, depth: int, budget: _Budget) -> Iterator[Opened]:
    # The content type outside is that of the envelope.
    outer = {name: text for name, text in attributes.items() if name != "content-type"}
    try:
        # Only the outermost sender reads the answer.
        if depth == 1 and (answer := envelope.answer(value)) is not None:
            yield Answer(answer)
        for part in envelope.open(value, attributes):
            if isinstance(part, UnreadablePayload):
                yield Unopened(f"{envelope.title}: {part}", "unreadable_payload")
                continue
            yield from _opened(part.content, outer | dict(part.attributes), depth, budget)
    except UnreadablePayload as error:
        yield Unopened(f"{envelope.title}: {error}", "unreadable_payload")


def _read(body: bytes, attributes: Attributes, depth: int, budget: _Budget) -> Iterator[Opened]:
    try:
        content = b"".join(chunks_of(io.BytesIO(body).read, "", budget.left))
        budget.left -= len(content)
        for value in _values(content, attributes):
            if isinstance(value, Unopened):
                yield value
            else:
                yield from _opened(value, attributes, depth, budget)
    except DecodeError as error:
        yield Unopened(str(error), error.reason)


def _values(content: bytes, attributes: Attributes) -> Iterator[Any]:
    """Yield the records of a body; of an event, a body in JSON is one record even if it is a list."""
    wire_format = _format_of(content, attributes)
    if wire_format is FORMATS["json"] and "type" in attributes:
        try:
            yield read_whole(content)
            return
        except DecodeError as error:
            # Several lines: an event that holds NDJSON without saying so.
            if error.reason != "not_json" or b"\n" not in content.strip():
                raise
    for block in with_whole_streams((wire_format.read_payloads or wire_format.read)([content])):
        if isinstance(block, Columns):
            yield from table_records(block, "type" in attributes)
            continue
        yield from block.values
        yield from (Unopened(item.message, item.reason) for item in block.rejected.first())


def _format_of(content: bytes, attributes: Attributes) -> WireFormat:
    """Return the format of a body; what senders declare inside of envelopes is often wrong."""
    try:
        return chosen([content], attributes)[0]
    except DecodeError:
        return FORMATS["json"]
