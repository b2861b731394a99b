"""CloudEvents 1.0 and 0.3 in structured mode: attributes beside the data."""

from collections.abc import Iterable

from .._base import Attributes, Document
from ._base import Enclosed, Envelope, bytes_of, text_of

ELSEWHERE = "datainblob"
"""Azure's name for data that is the address of the data."""


def recognises(document: Document, attributes: Attributes) -> bool:
    """Return whether a document is an event."""
    return "specversion" in document and isinstance(document.get("type"), str)


def open_event(document: Document, attributes: Attributes) -> Iterable[Enclosed]:
    """Return the data of an event, and the attributes beside it."""
    beside = {name.lower(): value for name, value in document.items() if isinstance(value, str)}
    # The name that it has in binary mode, so that readers of the data know one only.
    beside["content-type"] = beside.pop("datacontenttype", "")
    for name in ("data", "data_base64"):
        beside.pop(name, None)
    if "data_base64" in document:
        return [Enclosed(bytes_of(document["data_base64"], "data_base64"), beside)]
    data = document.get("data")
    # Text may itself be JSON or CSV, so it is read as a body. The address of a blob is not one.
    is_body = isinstance(data, str) and ELSEWHERE not in beside
    return [Enclosed(text_of(data, "data") if is_body else data, beside)]


ENVELOPE = Envelope("cloudevent", "CloudEvent", recognises, open_event, names=("specversion",))
