"""Debezium: changes of a table; the row after a change counts, deletions do not."""

from collections.abc import Iterable

from .._base import Attributes, Document, UnreadablePayload
from ._base import Enclosed, Envelope

# Create, update, read (of a snapshot); delete, truncate, message.
WITH_ROW, WITHOUT_ROW = ("c", "u", "r"), ("d", "t", "m")


def recognises(document: Document, attributes: Attributes) -> bool:
    """Return whether a document says what was done to which row of which source."""
    return "op" in document and "source" in document and ("after" in document or "before" in document)


def open_change(document: Document, attributes: Attributes) -> Iterable[Enclosed]:
    """Return the row after the change."""
    operation = document["op"]
    if operation in WITHOUT_ROW:
        return []
    if operation not in WITH_ROW:
        raise UnreadablePayload(f"op: expected one of {', '.join((*WITH_ROW, *WITHOUT_ROW))}, got {operation!r:.40}")
    after = document.get("after")
    # The connector for MongoDB writes the row as text.
    return [Enclosed(after.encode(errors="replace") if isinstance(after, str) else after)]


ENVELOPE = Envelope("debezium", "Debezium", recognises, open_change, names=("op",))
