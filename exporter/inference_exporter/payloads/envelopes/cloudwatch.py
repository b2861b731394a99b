"""Amazon CloudWatch Logs: a subscription's events, compressed in base64 or as they are."""

from collections.abc import Iterable

from .._base import Attributes, Document
from .._parts import object_of
from ._base import Enclosed, Envelope, Part, bytes_of, each_of, objects_of, text_of

# CloudWatch sends one to test the destination.
CONTROL = "CONTROL_MESSAGE"


def recognises(document: Document, attributes: Attributes) -> bool:
    """Return whether a document is a delivery, before or after it is unpacked."""
    return "awslogs" in document or ("messageType" in document and "logEvents" in document)


def open_delivery(document: Document, attributes: Attributes) -> Iterable[Part]:
    """Return the lines; a control message has none."""
    if "awslogs" in document:
        # Gzip inside base64: the content is a body, and its reader unpacks it.
        return [Enclosed(bytes_of(object_of(document["awslogs"], "awslogs").get("data"), "awslogs.data"))]
    if document["messageType"] == CONTROL:
        return []
    events = objects_of(document["logEvents"], "logEvents")
    return each_of(events, lambda event, place: text_of(event.get("message"), f"logEvents[{place}].message"))


ENVELOPE = Envelope("cloudwatch", "Amazon CloudWatch Logs", recognises, open_delivery, names=("awslogs", "logEvents"))
