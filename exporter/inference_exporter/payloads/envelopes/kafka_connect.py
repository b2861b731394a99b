"""Kafka Connect's JSON converter with schemas: `{"schema": …, "payload": …}`."""

from collections.abc import Iterable

from .._base import Attributes, Document
from ._base import Enclosed, Envelope


def recognises(document: Document, attributes: Attributes) -> bool:
    """Return whether a document has these two names and no other."""
    # Exactly these: `schema` and `payload` are common names, and other documents have more.
    return document.keys() == {"schema", "payload"}


def open_record(document: Document, attributes: Attributes) -> Iterable[Enclosed]:
    """Return the payload; one of text is a body. A deleted record has none."""
    payload = document["payload"]
    if payload is None:
        return []
    return [Enclosed(payload.encode(errors="replace") if isinstance(payload, str) else payload)]


ENVELOPE = Envelope("kafka_connect", "Kafka Connect JSON with schema", recognises, open_record, names=("schema",))
