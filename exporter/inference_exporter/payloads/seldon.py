"""Seldon Core v1's request logger: CloudEvents of type `io.seldon.serving.…`, feedback included."""

from typing import Any

from ._answers import answers_of
from ._base import Attributes, Document, GroundTruth, Meaning, PayloadFormat, UnreadablePayload, row_id
from ._logger import half_of
from .bodies import seldon_data

INFERENCE, FEEDBACK = "io.seldon.serving.inference.", "io.seldon.serving.feedback"


def recognises(document: Document, attributes: Attributes) -> bool:
    """Return whether an event has one of Seldon's types, or a bare message is feedback."""
    kind = attributes.get("type", "")
    return kind.startswith(INFERENCE) or kind == FEEDBACK or ("truth" in document and "response" in document)


def read(document: Document, attributes: Attributes) -> Meaning:
    """Return the half that an event has, or the ground truth of feedback."""
    kind = attributes.get("type", FEEDBACK)
    if kind == FEEDBACK:
        return _feedback(document)
    # The header of the orchestrator; in messages of the Python wrapper it is `meta.puid`.
    id = attributes.get("requestid") or _puid(document)
    return half_of(document, attributes, kind.removeprefix(INFERENCE), attributes.get("inferenceservicename"), id=id)


def _feedback(document: Document) -> GroundTruth:
    id = _puid(document.get("response")) or _puid(document.get("request"))
    truth = document.get("truth")
    data = seldon_data(truth) if isinstance(truth, dict) else None
    if id is None or data is None:
        raise UnreadablePayload("feedback: expected response.meta.puid and truth.data, got neither or one of them")
    names, rows = data
    # Truth has the form of a prediction, so probabilities of one-hot labels are understood too.
    labels = answers_of(rows, names).predictions
    return GroundTruth([{"id": row_id(id, row), "outcome": label} for row, label in enumerate(labels)])


def _puid(message: Any) -> str | None:
    meta = message.get("meta") if isinstance(message, dict) else None
    puid = meta.get("puid") if isinstance(meta, dict) else None
    return str(puid) if puid else None


FORMAT = PayloadFormat(
    "seldon", "Seldon Core v1 request logger and feedback", recognises, read, is_of_events=True, names=("truth",)
)
