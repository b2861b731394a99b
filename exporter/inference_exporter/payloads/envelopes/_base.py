"""An envelope: a document whose content is in another format."""

from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .._base import Attributes, Document, UnreadablePayload


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A part of an envelope: bytes are a body of any format, anything else is a document."""

    content: Any
    attributes: Attributes = field(default_factory=dict)
    """Attributes of the content; they win over those around the envelope."""


Part = Enclosed | UnreadablePayload
"""What an envelope holds, or why a part of it cannot be read."""


@dataclass(frozen=True)
class Envelope:
    """An envelope: `recognises` looks at names only, `open` returns the parts or raises `UnreadablePayload`.

    Its documents have at least one of its `names`, so that no other is asked.
    """

    key: str
    title: str
    recognises: Callable[[Document, Attributes], bool]
    open: Callable[[Document, Attributes], Iterable[Part]]
    answer: Callable[[Document], Mapping[str, Any] | None] = lambda document: None
    """What its sender wants to be answered, for one that asks before it sends."""
    names: tuple[str, ...] = ()
    is_of_events: bool = False
    """Whether attributes alone may prove it."""


def each_of(items: Iterable[Document], read: Callable[[Document, int], bytes]) -> Iterator[Part]:
    """Yield what items hold; one that cannot be read costs only itself."""
    for place, item in enumerate(items):
        try:
            yield Enclosed(read(item, place))
        # Yielded as a value: raising would end the generator and lose the items behind it.
        except UnreadablePayload as error:
            yield error


def bytes_of(value: Any, name: str) -> bytes:
    """Return what a text in base64 holds.

    Raises
    ------
    UnreadablePayload
        If it is no such text.
    """
    try:
        # Without `validate`, characters beyond the alphabet are skipped, and garbage decodes to something.
        return b64decode(value, validate=True)
    except (ValueError, TypeError) as error:
        raise UnreadablePayload(f"{name}: expected base64: {error}") from None


def text_of(value: Any, name: str) -> bytes:
    """Return a text as the bytes of a body."""
    if not isinstance(value, str):
        raise UnreadablePayload(f"{name}: expected text, got {type(value).__name__}")
    return value.encode(errors="replace")


def objects_of(value: Any, name: str) -> list[Document]:
    """Return a list of objects."""
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise UnreadablePayload(f"{name}: expected a list of objects, got {type(value).__name__}")
    return value
