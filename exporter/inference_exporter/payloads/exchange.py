"""A request and its response in one object: `{"request": {…}, "response": {…}}`, as many gateways log them."""

from typing import Any

from ._base import Answered, Attributes, Document, Inference, PayloadFormat, Prompt, UnreadablePayload
from ._llm import NOTHING_FOLLOWS, failure_of, inference_of, prompt_of, reply_of
from .bodies import read_request, read_response

NAMES = frozenset((
    "request", "response", "id", "request_id", "time", "timestamp", "latency_seconds", "code", "status", "model",
    "version", "trace_id",
))  # fmt: skip
"""Names of an object with only one half: `response` alone is too common to prove one."""
EXPECTED = "expected a request with instances, inputs, data or messages, or a response with predictions or choices"

ALONE = frozenset(
    ("request", "response", "id", "time", "latency_seconds", "code", "status", "model", "version", "trace_id")
)  # fmt: skip


def recognises(document: Document, attributes: Attributes) -> bool:
    """Return whether an object has a request and a response, or one of them and an id to find the other by."""
    if "truth" in document:  # feedback of Seldon has both beside it
        return False
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
    requested = prompt_of(request) or read_request(request)
    answered = reply_of(response) or read_response(response)
    if answered is None and isinstance(requested, Prompt):
        answered = failure_of(response)
    code = document.get("code", document.get("status"))
    code = None if isinstance(code, str) and not code.isdecimal() else code  # such as "success"
    if requested is None and answered is None and not _is_error(code):
        raise UnreadablePayload(EXPECTED)
    inner = response if isinstance(response, dict) else {}
    return inference_of(
        # Present but unknown: this half has come, so nothing waits for it.
        # Absent: the other half may follow under the same id.
        requested or (NOTHING_FOLLOWS if request is not None else None),
        answered or (Answered() if response is not None else None),
        id=_id_of(document) or _text(inner.get("id")),
        **{"answered_at" if request is None else "requested_at": document.get("time", document.get("timestamp"))},
        latency_seconds=document.get("latency_seconds"),
        code=code,
        model=_text(document.get("model", inner.get("model_name"))),
        version=_text(document.get("version", inner.get("model_version"))),
        trace_id=_text(document.get("trace_id")),
    )


def _is_error(code: Any) -> bool:
    return isinstance(code, int) and code >= 400


def _id_of(document: Document) -> str | None:
    return _text(document.get("id", document.get("request_id")))


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


FORMAT = PayloadFormat(
    "exchange", "Request and response in one object", recognises, read, alone=ALONE, names=("request", "response")
)
