"""The body of a request or a response alone, as a client sends it or a server answers it."""

from typing import Any

from ._base import Attributes, Document, Inference, PayloadFormat
from ._logger import half_of

REQUEST = ("instances", "inputs", "dataframe_split", "dataframe_records")
RESPONSE = ("predictions", "outputs")


def recognises(document: Document, attributes: Attributes) -> bool:
    """Return whether an object has a name that only bodies of model servers have."""
    return any(name in document for name in (*REQUEST, *RESPONSE))


def read(document: Document, attributes: Attributes) -> Inference:
    """Return the half that the body is. Without an id it cannot be paired, and counts as it is."""
    suffix = "request" if any(name in document for name in REQUEST) else "response"
    model = _text(document.get("model_name", document.get("modelName")))
    return half_of(document, attributes, suffix, model, id=_text(document.get("id")))


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


FORMAT = PayloadFormat("inference_body", "V1, V2 and MLflow bodies alone", recognises, read, is_generic=True)
