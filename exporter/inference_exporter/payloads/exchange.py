"""A request and its response in one object: `{"request": {…}, "response": {…}}`, as many gateways log them."""

from typing import Any

from ._answers import LABELS, answers_of_objects, is_scalar, scores_of_object
from ._base import Answered, Attributes, Document, Inference, PayloadFormat, Prompt, Requested, UnreadablePayload
from ._llm import NOTHING_FOLLOWS, failure_of, inference_of, prompt_of, reply_of
from ._parts import json_of
from .bodies import read_request, read_response

NAMES = frozenset((
    "request", "response", "id", "request_id", "time", "timestamp", "latency_seconds", "code", "status", "model",
    "version", "trace_id",
))  # fmt: skip
"""Names of an object with only one half: `response` alone is too common to prove one."""
EXPECTED = "expected a request with instances, inputs, data or messages, or a response with predictions or choices"

TELLING = frozenset((*LABELS, "score", "probability"))
"""Names under which applications answer a prediction."""

ALONE = frozenset(
    ("request", "response", "id", "time", "latency_seconds", "code", "status", "model", "version", "trace_id")
)  # fmt: skip


def recognises(document: Document, attributes: Attributes) -> bool:
    """Return whether an object has a request and a response, or one of them and an id to find the other by."""
    if "truth" in document or "latencies" in document:  # feedback of Seldon and records of Kong have both beside it
        return False
    if all(_is_json(document.get(name)) for name in ("request", "response")):  # rows of a database
        return True
    # A response may be the text of a stream; a request is never text.
    kinds = (dict, list), (dict, list, str)
    halves = [isinstance(document.get(name), kind) for name, kind in zip(("request", "response"), kinds, strict=True)]
    return all(halves) or (any(halves) and _id_of(document) is not None and document.keys() <= NAMES)


def read(document: Document, attributes: Attributes) -> Inference:
    """Return the inference, with the fields beside it that have the names of a sample's.

    If both halves came, neither waits for another: a failed request has an
    answer without predictions.
    """
    request, response = document.get("request"), document.get("response")
    if _is_json(request) and _is_json(response):
        request, response = json_of(request, "request"), json_of(response, "response")
    requested = prompt_of(request) or read_request(request)
    answered = reply_of(response) or read_response(response)
    if requested is None and answered is None:
        requested, answered = _of_no_api(request, response)
    if answered is None and isinstance(requested, Prompt):
        answered = failure_of(response)
    code = document.get("code", document.get("status"))
    code = None if isinstance(code, str) and not code.isdecimal() else code  # such as "success"
    if requested is None and answered is None and not _is_error(code):
        raise UnreadablePayload(EXPECTED)
    inner: dict[str, Any] = response if isinstance(response, dict) else {}
    return inference_of(
        # Present but unknown: this half has come, so nothing waits for it.
        # Absent: the other half may follow under the same id.
        requested or (NOTHING_FOLLOWS if request is not None else None),
        answered or (Answered() if response is not None else None),
        id=_id_of(document) or _text(inner.get("id")),
        **{"answered_at" if request is None else "requested_at": document.get("time", document.get("timestamp"))},
        latency_seconds=document.get("latency_seconds"),
        code=code,
        model=_text(_first(document.get("model"), inner.get("model_name"), inner.get("modelDisplayName"))),
        version=_text(_first(document.get("version"), inner.get("model_version"), inner.get("modelVersionId"))),
        trace_id=_text(document.get("trace_id")),
    )


def _is_json(value: Any) -> bool:
    return isinstance(value, str) and value[:1] in ("{", "[")


def _of_no_api(request: Any, response: Any) -> tuple[Requested | None, Answered | None]:
    """Return the halves of an application's own bodies: an object of single values, answered under a telling name."""
    if not isinstance(request, dict) or not request or not all(map(is_scalar, request.values())):
        return None, None
    if not isinstance(response, dict):
        return None, None
    answered = answers_of_objects([response]) if TELLING & response.keys() else scores_of_object(response)
    return (None if answered is None else Requested([request])), answered


def _first(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)


def _is_error(code: Any) -> bool:
    return isinstance(code, int) and code >= 400


def _id_of(document: Document) -> str | None:
    return _text(document.get("id", document.get("request_id")))


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


FORMAT = PayloadFormat(
    "exchange", "Request and response in one object", recognises, read, alone=ALONE, names=("request", "response")
)
