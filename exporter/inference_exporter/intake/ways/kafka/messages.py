"""Messages of Kafka as bodies of the intake, without those that came before."""

import hashlib
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

# Digests, some 20 MB at most: more messages than a rebalance delivers again.
REMEMBERED = 100_000
IDS = (b'"id"', b'"request_id"', b'"inferenceId"', b'"eventId"')
EVENT_ID = "ce-id"
NDJSON, UNDECLARED = "application/x-ndjson", "application/octet-stream"
BODY_BYTES = 1 << 20


class Message(Protocol):
    """What the client library gives us."""

    def value(self) -> bytes | None:
        """Return the content; None where it marks a deletion."""

    def headers(self) -> Sequence[tuple[str, bytes | None]] | None:
        """Return the headers."""


class Body(NamedTuple):
    """A body, its content type and the attributes beside it."""

    content: bytes
    content_type: str
    headers: Mapping[str, str]


class Repeats:
    """Recognises a message that came before, by its id: the same bytes with an id are the same message.

    Messages without an id may be alike by chance, and all count.
    """

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._remembered = remembered
        self._seen: OrderedDict[bytes, None] = OrderedDict()

    def is_new(self, content: bytes, headers: Mapping[str, str]) -> bool:
        """Return whether a message has not come before, and remember it."""
        # A search for bytes, as parsing each message only to find its id would double the work.
        if EVENT_ID not in headers and not any(name in content for name in IDS):
            return True
        event = f"{headers.get(EVENT_ID, '')} {headers.get('ce-type', '')} ".encode()
        digest = hashlib.blake2b(event + content, digest_size=16).digest()
        if digest in self._seen:
            self._seen.move_to_end(digest)
            return False
        self._seen[digest] = None
        if len(self._seen) > self._remembered:
            self._seen.popitem(last=False)
        return True


def headers_of(message: Message) -> dict[str, str]:
    """Return the headers by lower-case name; those of a CloudEvent as HTTP spells them."""
    found = {}
    for name, value in message.headers() or ():
        text = (value or b"").decode(errors="replace")
        # Kafka's binding spells the prefix with an underscore.
        found[name.lower().replace("ce_", "ce-", 1)] = text
    return found


def bodies_of(messages: Iterable[tuple[bytes, Mapping[str, str]]]) -> Iterator[Body]:
    """Yield messages as bodies: objects of JSON together as lines, anything else alone."""
    lines: list[bytes] = []
    size = 0
    for content, headers in messages:
        # Headers belong to one message; without any, thousands share one request.
        if headers or not content.startswith(b"{") or b"\n" in content or len(content) > BODY_BYTES:
            yield Body(content, headers.get("content-type", UNDECLARED), headers)
            continue
        lines.append(content)
        size += len(content)
        if size >= BODY_BYTES:
            yield Body(b"\n".join(lines), NDJSON, {})
            lines, size = [], 0
    if lines:
        yield Body(b"\n".join(lines), NDJSON, {})
