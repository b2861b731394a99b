"""SageMaker data capture, and its ground truth: JSON lines with `captureData` or `groundTruthData`."""

import csv
import io
from base64 import b64decode
from typing import Any

import orjson

from ._base import (
    Answered,
    Attributes,
    Document,
    GroundTruth,
    Inference,
    Meaning,
    PayloadFormat,
    Requested,
    UnreadablePayload,
    row_id,
)
from ._parts import object_of
from .bodies import answers_of, read_request, read_response


def recognises(document: Document, attributes: Attributes) -> bool:
    """Return whether a line is a capture or ground truth."""
    return "captureData" in document or "groundTruthData" in document


def read(document: Document, attributes: Attributes) -> Meaning:
    """Return the inference of a capture, or the outcomes of ground truth."""
    about = object_of(document.get("eventMetadata"), "eventMetadata")
    # `inferenceId` is the caller's own, and what ground truth is sent under; `eventId` always exists.
    id = about.get("inferenceId") or about.get("eventId")
    if "groundTruthData" in document:
        rows = _decoded(object_of(document["groundTruthData"], "groundTruthData"), "groundTruthData")
        if id is None:
            raise UnreadablePayload("eventMetadata: expected inferenceId or eventId, got neither")
        labels = answers_of(rows if isinstance(rows, list) else [rows]).predictions
        return GroundTruth([{"id": row_id(str(id), row), "outcome": label} for row, label in enumerate(labels)])
    captured = object_of(document["captureData"], "captureData")
    return Inference(
        requested=_requested(captured.get("endpointInput")),
        answered=_answered(captured.get("endpointOutput")),
        id=None if id is None else str(id),
        requested_at=about.get("inferenceTime"),
    )


def _requested(part: Any) -> Requested | None:
    if part is None:
        return None
    body = _decoded(object_of(part, "endpointInput"), "endpointInput")
    found = read_request(body)
    if found is None:
        raise UnreadablePayload("endpointInput: expected CSV, or JSON with instances, inputs or dataframe_split")
    return found


def _answered(part: Any) -> Answered | None:
    if part is None:
        return None
    body = _decoded(object_of(part, "endpointOutput"), "endpointOutput")
    # Built-in algorithms answer a bare number or label.
    return read_response(body) or answers_of([body])


def _decoded(part: Document, name: str) -> Any:
    """Return the data of a part: CSV as rows of values, anything else as JSON."""
    # Capture writes base64 unless the content type is configured as CSV or JSON.
    data, encoding = part.get("data"), part.get("encoding", "BASE64")
    if not isinstance(data, str):
        raise UnreadablePayload(f"{name}.data: expected text, got {type(data).__name__}")
    content_type = str(part.get("observedContentType", ""))
    try:
        if encoding == "BASE64":
            data = b64decode(data, validate=True).decode()
        if encoding == "CSV" or content_type.startswith("text/csv"):
            return [list(map(_cell, row)) for row in csv.reader(io.StringIO(data)) if row]
        return orjson.loads(data)
    except (ValueError, csv.Error) as error:
        raise UnreadablePayload(f"{name}.data: expected {encoding}: {error}") from None


def _cell(text: str) -> Any:
    text = text.strip()
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return text or None


FORMAT = PayloadFormat(
    "sagemaker", "SageMaker data capture and ground truth", recognises, read, names=("captureData", "groundTruthData")
)
