"""Amazon Data Firehose to an HTTP endpoint: records in base64. It wants the id of its request in the answer."""

from collections.abc import Iterable, Mapping
from typing import Any

from .._base import Attributes, Document
from ._base import Envelope, Part, bytes_of, each_of, objects_of


def recognises(document: Document, attributes: Attributes) -> bool:
    """Return whether a document is a delivery."""
    return "requestId" in document and "timestamp" in document and isinstance(document.get("records"), list)


def open_delivery(document: Document, attributes: Attributes) -> Iterable[Part]:
    """Return the records."""
    records = objects_of(document["records"], "records")
    return each_of(records, lambda record, place: bytes_of(record.get("data"), f"records[{place}].data"))


def answer(document: Document) -> Mapping[str, Any]:
    """Return the answer without which a delivery is repeated."""
    # Firehose takes any other answer as a failure, also with status 200.
    return {"requestId": document["requestId"], "timestamp": document["timestamp"]}


ENVELOPE = Envelope("firehose", "Amazon Data Firehose", recognises, open_delivery, answer, names=("records",))
