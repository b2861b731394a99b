"""The body of a request or a response alone, as a client sends it or a server answers it."""

from typing import Any

from ..samples.records import ROWS_WITHOUT_NAMES
from ._base import Attributes, Document, Inference, PayloadFormat, UnreadablePayload
from ._logger import half_of
from .bodies import DATA, has_data

REQUEST = ("instances", "inputs", "dataframe_split", "dataframe_records", "examples", ROWS_WITHOUT_NAMES)
RESPONSE = ("predictions", "outputs")
ALONE = frozenset(
    ("instances", "signature_name", "dataframe_split", "dataframe_records", "params", "predictions", "model_name",
     "model_version")
)  # fmt: skip
"""Without `inputs` and `outputs`, which other formats have too."""
UNDECIDED = "tensors"
"""Of a message in Protocol Buffers that may be either."""


def recognises(document: Document, attributes: Attributes) -> bool:
    """Return whether an object has a name that only bodies of model servers have, or the data of a known form."""
    return any(name in document for name in (*REQUEST, *RESPONSE, UNDECIDED)) or has_data(document)


def read(document: Document, attributes: Attributes) -> Inference:
    """Return the half that the body is. Without an id it cannot be paired, and counts as it is."""
    if UNDECIDED in document:
        raise UnreadablePayload("expected raw contents, or an event that says whether it is the request, got neither")
    # Requests first: some servers repeat `inputs` beside their `outputs`, but no client sends outputs.
    is_request = any(name in document for name in REQUEST) or (has_data(document) and not _is_answer(document))
    suffix = "request" if is_request else "response"
    model = _text(document.get("model_name", document.get("modelDisplayName"))) or _seldon_model(document)
    return half_of(document, attributes, suffix, model, id=_text(document.get("id")) or _puid(document))


def _is_answer(document: Document) -> bool:
    """Return whether a message of Seldon Core v1 has passed its graph, which notes the way in the metadata."""
    meta = document.get("meta")
    return isinstance(meta, dict) and bool(meta.get("requestPath") or meta.get("metrics") or meta.get("routing"))


def _seldon_model(document: Document) -> str | None:
    """Return the name of a model without its version, which Seldon Core 2 appends."""
    name, version = document.get("modelName"), document.get("modelVersion")
    return None if name is None else str(name).removesuffix(f"_{version}")


def _puid(document: Document) -> str | None:
    meta = document.get("meta")
    return _text(meta.get("puid")) if isinstance(meta, dict) else None


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


FORMAT = PayloadFormat(
    "inference_body",
    "V1, V2, MLflow and Seldon bodies alone",
    recognises,
    read,
    is_generic=True,
    alone=ALONE,
    names=(*REQUEST, *RESPONSE, UNDECIDED, *DATA),
)
