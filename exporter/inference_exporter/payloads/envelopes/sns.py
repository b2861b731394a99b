"""Amazon SNS over HTTP: a notification with its message as text."""

from collections.abc import Iterable

from .._base import Attributes, Document, UnreadablePayload
from ._base import Enclosed, Envelope, text_of

NOTIFICATION, CONFIRMATIONS = "Notification", ("SubscriptionConfirmation", "UnsubscribeConfirmation")


def recognises(document: Document, attributes: Attributes) -> bool:
    """Return whether a document is about a topic."""
    return "TopicArn" in document and document.get("Type") in (NOTIFICATION, *CONFIRMATIONS)


def open_notification(document: Document, attributes: Attributes) -> Iterable[Enclosed]:
    """Return the message. A subscription is confirmed by a person: the exporter asks no address that it is sent."""
    if document["Type"] != NOTIFICATION:
        url = document.get("SubscribeURL")
        # Opening an address that a stranger sends would be a request forgery (SSRF).
        raise UnreadablePayload(f"expected a confirmed subscription: open its SubscribeURL once, {url!s:.200}")
    return [Enclosed(text_of(document.get("Message"), "Message"))]


ENVELOPE = Envelope("sns", "Amazon SNS", recognises, open_notification, names=("TopicArn",))
