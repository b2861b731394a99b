"""Azure Event Grid in its own schema. Before it sends, it asks for the code that it sends."""

from collections.abc import Iterable, Mapping
from typing import Any

from .._base import Attributes, Document
from ._base import Enclosed, Envelope

VALIDATION = "Microsoft.EventGrid.SubscriptionValidationEvent"


def recognises(document: Document, attributes: Attributes) -> bool:
    """Return whether a document is an event."""
    return "eventType" in document and "eventTime" in document and "data" in document


def open_event(document: Document, attributes: Attributes) -> Iterable[Enclosed]:
    """Return what an event is about; the question before the first has no content."""
    if document["eventType"] == VALIDATION:
        return []
    data = document["data"]
    return [Enclosed(data.encode(errors="replace") if isinstance(data, str) else data)]


def answer(document: Document) -> Mapping[str, Any] | None:
    """Return the answer to the question, if it is one."""
    data = document["data"]
    if document["eventType"] != VALIDATION or not isinstance(data, dict):
        return None
    # Without this answer Event Grid does not enable the subscription.
    return {"validationResponse": data.get("validationCode")}


ENVELOPE = Envelope("eventgrid", "Azure Event Grid", recognises, open_event, answer, names=("eventType",))
