"""Amazon EventBridge: an event with its content as `detail`."""

from collections.abc import Iterable

from .._base import Attributes, Document
from ._base import Enclosed, Envelope


def recognises(document: Document, attributes: Attributes) -> bool:
    """Return whether a document is an event."""
    return "detail-type" in document and "detail" in document


def open_event(document: Document, attributes: Attributes) -> Iterable[Enclosed]:
    """Return what the event is about."""
    # `source` and `account` name the sender's bus, not the model.
    return [Enclosed(document["detail"])]


ENVELOPE = Envelope("eventbridge", "Amazon EventBridge", recognises, open_event, names=("detail-type",))
