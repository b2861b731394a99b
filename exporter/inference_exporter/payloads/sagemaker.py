"""SageMaker data capture, and its ground truth: JSON lines with `captureData` or `groundTruthData`."""

import csv
import io
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from ._answers import answers_of, is_scalar, predictions_of
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
from .bodies import read_request, read_response


@dataclass(frozen=True, slots=True)
class _OneLine(Answered):
    """An answer of one line of CSV, which may be that of one row or a value for each row."""

    line: Sequence[Any] = ()


BINARY = object()
"""What a part holds that is not text."""
NOTHING_READABLE = Requested(())


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
        labels = predictions_of(rows if isinstance(rows, list) else [rows]).predictions
        return GroundTruth([{"id": row_id(str(id), row), "outcome": label} for row, label in enumerate(labels)])
    captured = object_of(document["captureData"], "captureData")
    requested = _requested(captured.get("endpointInput"))
    answered = _answered(captured.get("endpointOutput"), 0 if requested is None else len(requested.rows))
    return Inference(
        requested=requested,
        answered=_one_each(requested, answered),
        id=None if id is None else str(id),
        requested_at=about.get("inferenceTime"),
    )


def _requested(part: Any) -> Requested | None:
    if part is None:
        return None
    body = _decoded(object_of(part, "endpointInput"), "endpointInput")
    if body is BINARY:
        return NOTHING_READABLE
    found = read_request(body)
    if found is None and isinstance(body, dict) and body:
        # A container of one's own takes what it likes: the names of an object are those of features.
        found = read_request([body])
    if found is None:
        raise UnreadablePayload("endpointInput: expected CSV, or JSON with instances, inputs or dataframe_split")
    return found


def _answered(part: Any, rows: int) -> Answered | None:
    if part is None:
        return None
    body = _decoded(object_of(part, "endpointOutput"), "endpointOutput")
    if body is BINARY:
        return Answered()
    if isinstance(body, list) and len(body) == 1 and isinstance(body[0], list):
        return _one_line(body[0])
    if isinstance(body, list) and body and all(map(is_scalar, body)):
        return _one_line(body) if rows == 1 else answers_of(body)
    # Built-in algorithms answer a bare number or label, or lines of objects.
    known = None if isinstance(body, list) else read_response(body)
    return known or predictions_of(body if isinstance(body, list) else [body])


def _one_line(line: Sequence[Any]) -> Answered:
    found = answers_of([line])
    return _OneLine(found.predictions, found.scores, line)


def _one_each(requested: Requested | None, answered: Answered | None) -> Answered | None:
    """Return the answers of a batch that came in one line of CSV, such as XGBoost's, one for each row."""
    rows = 0 if requested is None else len(requested.rows)
    line = answered.line if isinstance(answered, _OneLine) else ()
    return answers_of(line) if rows > 1 and len(line) == rows else answered


def _decoded(part: Document, name: str) -> Any:
    """Return the data of a part: CSV as rows of values, anything else as JSON."""
    # Capture writes base64 unless the content type is configured as CSV or JSON; what it declares is often wrong.
    data, encoding = part.get("data"), part.get("encoding", "BASE64")
    if not isinstance(data, str):
        raise UnreadablePayload(f"{name}.data: expected text, got {type(data).__name__}")
    content_type = str(part.get("observedContentType", ""))
    try:
        if encoding == "BASE64":
            data = _text_of(b64decode(data, validate=True))
        if data is None:
            return BINARY
        if data.lstrip()[:1] in ("{", "["):
            return _of_json(data)
        if encoding in ("CSV", "BASE64") or content_type.startswith("text/csv"):
            return [list(map(_cell, row)) for row in csv.reader(io.StringIO(data)) if row]
        return orjson.loads(data)
    except (ValueError, csv.Error) as error:
        raise UnreadablePayload(f"{name}.data: expected {encoding}: {error}") from None


def _text_of(body: bytes) -> str | None:
    """Return a body as text; None for an image or another binary input, which has no features."""
    try:
        return None if b"\0" in body else body.decode()
    except UnicodeDecodeError:
        return None


def _of_json(text: str) -> Any:
    """Return a document, or the documents of JSON lines."""
    try:
        return orjson.loads(text)
    except ValueError:
        lines = [orjson.loads(line) for line in text.splitlines() if line.strip()]
        if len(lines) < 2:
            raise
        return lines


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
