"""Google Pub/Sub, pushed: a message with data in base64, and attributes beside it."""

from collections.abc import Iterable

from .._base import Attributes, Document
from .._parts import object_of
from ..cloudevents import attributes_of
from ._base import Enclosed, Envelope, bytes_of


def recognises(document: Document, attributes: Attributes) -> bool:
    """Return whether a document is a message of a subscription."""
    message = document.get("message")
    return "subscription" in document and isinstance(message, dict) and "data" in message


def open_message(document: Document, attributes: Attributes) -> Iterable[Enclosed]:
    """Return the data of the message; attributes that begin with `ce-` are those of an event."""
    message = object_of(document["message"], "message")
    beside = object_of(message.get("attributes") or {}, "message.attributes")
    # The binding of CloudEvents for Pub/Sub puts attributes of an event there, under the same prefix as in HTTP.
    headers = {str(name).lower(): str(value) for name, value in beside.items()}
    return [Enclosed(bytes_of(message["data"], "message.data"), attributes_of(headers))]


ENVELOPE = Envelope("pubsub", "Google Pub/Sub push", recognises, open_message, names=("subscription",))
