"""Vertex AI request-response logs: rows of BigQuery with each instance and each prediction as text in JSON."""

from typing import Any

from ._answers import predictions_of
from ._base import Answered, Attributes, Document, Inference, PayloadFormat, Requested, UnreadablePayload
from ._llm import inference_of, prompt_of, reply_of
from ._parts import json_of, text_or_none
from .bodies import read_request, read_response


def recognises(document: Document, attributes: Attributes) -> bool:
    """Return whether a row is of a deployed model and has the time of logging, or a line is of a batch prediction."""
    return ("deployed_model_id" in document and "logging_time" in document) or _is_of_batch(document)


def _is_of_batch(document: Document) -> bool:
    return "instance" in document and "prediction" in document


def read(document: Document, attributes: Attributes) -> Inference:
    """Return the inference of a row; Vertex logs neither latency nor errors."""
    if _is_of_batch(document):
        return Inference(requested=_requested([document["instance"]]), answered=_answered([document["prediction"]]))
    instances, predictions = _elements(document, "request"), _elements(document, "response")
    if instances is None and predictions is None:
        raise UnreadablePayload("expected request_payload or response_payload, got neither")
    time = document.get("logging_time")
    return inference_of(
        Requested(()) if instances is None else _requested(instances),
        Answered() if predictions is None else _answered(predictions),
        id=text_or_none(document.get("request_id")),
        # BigQuery's text form of a time, which ISO 8601 parsers refuse.
        requested_at=time.removesuffix(" UTC") if isinstance(time, str) else time,
        model=text_or_none(document.get("model") or document.get("endpoint")),
        version=text_or_none(document.get("model_version") or document.get("deployed_model_id")),
    )


def _elements(document: Document, side: str) -> list[Any] | None:
    payload = document.get(f"{side}_payload")
    if payload is None or payload == []:
        # Raw predict calls have the whole body there, and no list of instances.
        whole = document.get(f"full_{side}")
        return None if whole is None else [json_of(whole, f"full_{side}")]
    payload = json_of(payload, f"{side}_payload")
    if not isinstance(payload, list):
        raise UnreadablePayload(f"{side}_payload: expected a list of texts in JSON, got {type(payload).__name__}")
    return [_element(item, f"{side}_payload[{place}]") for place, item in enumerate(payload)]


def _element(item: Any, name: str) -> Any:
    """Return what an element means; a text that is not JSON is a value."""
    try:
        return json_of(item, name)
    except UnreadablePayload:
        # Begins like JSON but is not: a cut or broken document, not a value.
        if str(item).lstrip()[:1] in ("{", "["):
            raise
        return item


def _requested(instances: list[Any]) -> Requested:
    only = instances[0] if len(instances) == 1 and isinstance(instances[0], dict) else None
    whole = None if only is None else prompt_of(only) or read_request(only)
    found = whole or read_request(instances)
    if found is None:
        raise UnreadablePayload("request_payload: expected instances, got none")
    return found


def _answered(predictions: list[Any]) -> Answered:
    # A streamed answer of a language model is the list of its chunks.
    only = predictions[0] if len(predictions) == 1 and isinstance(predictions[0], dict | list) else None
    whole: Answered | None = None if only is None else reply_of(only)
    if whole is None and isinstance(only, dict):
        whole = read_response(only)
    return whole or predictions_of(predictions)


FORMAT = PayloadFormat(
    "vertex",
    "Vertex AI request-response logs",
    recognises,
    read,
    is_tabular=True,
    names=("deployed_model_id", "instance"),
)
