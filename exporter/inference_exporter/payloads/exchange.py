"""A request and its response in one object: `{"request": {…}, "response": {…}}`, as many gateways log them."""

from typing import Any

from ._base import Answered, Attributes, Document, Inference, PayloadFormat, Requested, UnreadablePayload
from .bodies import read_request, read_response


def recognises(document: Document, attributes: Attributes) -> bool:
    """Return whether an object has a request and a response that are objects or lists."""
    return all(isinstance(document.get(name), dict | list) for name in ("request", "response"))


def read(document: Document, attributes: Attributes) -> Inference:
    """Return the inference, with the fields beside it that have the names of a sample's.

    Both halves came, so neither waits for another: a failed request has an
    answer without predictions.
    """
    requested, answered = read_request(document["request"]), read_response(document["response"])
    code = document.get("code", document.get("status"))
    if requested is None and answered is None and not _is_error(code):
        raise UnreadablePayload("expected a request with instances, inputs or data, or a response with predictions")
    body = document["response"]
    inner = body if isinstance(body, dict) else {}
    return Inference(
        requested=requested or Requested(()),
        answered=answered or Answered(),
        id=_text(document.get("id", document.get("request_id", inner.get("id")))),
        requested_at=document.get("time", document.get("timestamp")),
        latency_seconds=document.get("latency_seconds"),
        code=code,
        model=_text(document.get("model", inner.get("model_name"))),
        version=_text(document.get("version", inner.get("model_version"))),
        trace_id=_text(document.get("trace_id")),
    )


def _is_error(code: Any) -> bool:
    return isinstance(code, int) and code >= 400


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


FORMAT = PayloadFormat("exchange", "Request and response in one object", recognises, read)
