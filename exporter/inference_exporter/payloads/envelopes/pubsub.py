"""Google Pub/Sub, pushed: a message with data in base64, and attributes beside it."""

from collections.abc import Iterable

from .._base import Attributes, Document, UnreadablePayload
from .._parts import object_of
from ..cloudevents import attributes_of
from ._base import Enclosed, Envelope, Part, bytes_of, objects_of


def recognises(document: Document, attributes: Attributes) -> bool:
    """Return whether a document is a message of a subscription, or messages that were pulled from one."""
    message = document.get("message")
    if not isinstance(message, dict) or "data" not in message:
        return isinstance(document.get("receivedMessages"), list)
    return "subscription" in document or "messageId" in message or "message_id" in message


def open_messages(document: Document, attributes: Attributes) -> Iterable[Part]:
    """Yield the data of each message; attributes that begin with `ce-` are those of an event."""
    pulled = document.get("receivedMessages")
    for each in [document] if pulled is None else objects_of(pulled, "receivedMessages"):
        try:
            yield _opened(object_of(each.get("message"), "message"))
        except UnreadablePayload as error:
            yield error


def _opened(message: Document) -> Enclosed:
    beside = object_of(message.get("attributes") or {}, "message.attributes")
    # The binding of CloudEvents for Pub/Sub puts attributes of an event there, under the same prefix as in HTTP.
    headers = {str(name).lower(): str(value) for name, value in beside.items()}
    return Enclosed(bytes_of(message.get("data"), "message.data"), attributes_of(headers))


ENVELOPE = Envelope("pubsub", "Google Pub/Sub push", recognises, open_messages, names=("message", "receivedMessages"))
