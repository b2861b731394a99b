"""The halves that ModelMesh payload events hold."""

from ._base import Attributes, Document, Inference, PayloadFormat
from ._logger import half_of

TYPE = "modelmesh.inference."


def recognises(document: Document, attributes: Attributes) -> bool:
    """Return whether the envelope was a payload event."""
    return attributes.get("type", "").startswith(TYPE)


def read(document: Document, attributes: Attributes) -> Inference:
    """Return the half that an event has."""
    return half_of(document, attributes, attributes["type"].removeprefix(TYPE), attributes.get("model"))


FORMAT = PayloadFormat("modelmesh", "ModelMesh and TrustyAI payload events", recognises, read, is_of_events=True)
"""The envelope of the same name says which half it is, and has the model and the id."""
