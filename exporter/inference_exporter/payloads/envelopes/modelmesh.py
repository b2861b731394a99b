"""ModelMesh payload events, which TrustyAI and other observers get: a V2 request or response in base64."""

from collections.abc import Iterable

from .._base import Attributes, Document
from ._base import Enclosed, Envelope, bytes_of

TYPE = "modelmesh.inference."
PROTOBUF = "application/x-protobuf"


def recognises(document: Document, attributes: Attributes) -> bool:
    """Return whether a document says which half it is, of which model."""
    return document.get("kind") in ("request", "response") and "modelid" in document and "data" in document


def open_payload(document: Document, attributes: Attributes) -> Iterable[Enclosed]:
    """Return the half, in JSON or as a message of Protocol Buffers."""
    data = document["data"]
    content = bytes_of(data, "data") if isinstance(data, str) else data
    # `vModelId` is the name that people use; `modelid` has a hash of the version behind it.
    about = {"type": TYPE + document["kind"], "model": str(document.get("vModelId") or document["modelid"])}
    if document.get("id"):
        about["id"] = str(document["id"])
    # The event does not say which encoding it has; JSON begins with a brace, a message of V2 never does.
    if isinstance(content, bytes) and not content.lstrip().startswith(b"{"):
        about["content-type"] = PROTOBUF
    return [Enclosed(content, about)]


ENVELOPE = Envelope("modelmesh", "ModelMesh and TrustyAI payload events", recognises, open_payload, names=("modelid",))
