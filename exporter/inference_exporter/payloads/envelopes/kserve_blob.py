"""KServe's logger to blob storage: the event as an object, the body in base64."""

from collections.abc import Iterable

from .._base import Attributes, Document
from ._base import Enclosed, Envelope, bytes_of

BESIDE = {
    "id": "id", "reqType": "type", "inferenceService": "inferenceservicename", "namespace": "namespace",
    "endpoint": "endpoint", "component": "component", "occurrenceTime": "time", "contentType": "content-type",
}  # fmt: skip
"""Names of the object, and of the attributes of the event that it is of."""


def recognises(document: Document, attributes: Attributes) -> bool:
    """Return whether a document has the type of a request and its bytes."""
    return "reqType" in document and "bytes" in document


def open_request(document: Document, attributes: Attributes) -> Iterable[Enclosed]:
    """Return the body with the attributes that the event has over HTTP."""
    # From here on it is read like an event over HTTP.
    about = {name: document[field] for field, name in BESIDE.items() if isinstance(document.get(field), str)}
    return [Enclosed(bytes_of(document["bytes"], "bytes"), about)]


ENVELOPE = Envelope(
    "kserve_blob", "KServe inference logger to blob storage", recognises, open_request, names=("reqType",)
)
