"""The body of a request or a response alone, as a client sends it or a server answers it."""

from typing import Any

from ._base import Attributes, Document, Inference, PayloadFormat, UnreadablePayload
from ._logger import half_of

REQUEST = ("instances", "inputs", "dataframe_split", "dataframe_records")
RESPONSE = ("predictions", "outputs")
ALONE = frozenset(
    ("instances", "signature_name", "dataframe_split", "dataframe_records", "params", "predictions", "model_name",
     "model_version")
)  # fmt: skip
"""Without `inputs` and `outputs`, which other formats have too."""
UNDECIDED = "tensors"
"""Of a message in Protocol Buffers that may be either."""


def recognises(document: Document, attributes: Attributes) -> bool:
    """Return whether an object has a name that only bodies of model servers have."""
    return any(name in document for name in (*REQUEST, *RESPONSE, UNDECIDED))


def read(document: Document, attributes: Attributes) -> Inference:
    """Return the half that the body is. Without an id it cannot be paired, and counts as it is."""
    if UNDECIDED in document:
        raise UnreadablePayload("expected raw contents, or an event that says whether it is the request, got neither")
    # Requests first: some servers repeat `inputs` beside their `outputs`, but no client sends outputs.
    suffix = "request" if any(name in document for name in REQUEST) else "response"
    model = _text(document.get("model_name")) or _seldon_model(document)
    return half_of(document, attributes, suffix, model, id=_text(document.get("id")))


def _seldon_model(document: Document) -> str | None:
    """Return the name of a model without its version, which Seldon Core 2 appends."""
    name, version = document.get("modelName"), document.get("modelVersion")
    return None if name is None else str(name).removesuffix(f"_{version}")


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


FORMAT = PayloadFormat(
    "inference_body",
    "V1, V2 and MLflow bodies alone",
    recognises,
    read,
    is_generic=True,
    alone=ALONE,
    names=(*REQUEST, *RESPONSE, UNDECIDED),
)
