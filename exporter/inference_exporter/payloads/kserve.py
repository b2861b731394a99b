"""KServe's inference logger (`logger: {mode: all}`): CloudEvents of type `org.kubeflow.serving.inference.…`."""

from ._base import Attributes, Document, Inference, PayloadFormat
from ._logger import half_of

TYPE = "org.kubeflow.serving.inference."


def recognises(document: Document, attributes: Attributes) -> bool:
    """Return whether an event has one of KServe's types."""
    return attributes.get("type", "").startswith(TYPE)


def read(document: Document, attributes: Attributes) -> Inference:
    """Return the half that an event has. KServe logs responses of status 200 only."""
    suffix = attributes["type"].removeprefix(TYPE)
    # CloudEvents attribute names are lower case without separators, which is how Go's SDK writes them.
    return half_of(document, attributes, suffix, attributes.get("inferenceservicename"))


FORMAT = PayloadFormat("kserve", "KServe inference logger", recognises, read, is_of_events=True)
