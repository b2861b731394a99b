"""What request loggers that send CloudEvents have in common: one event for the request, one for the response."""

from collections.abc import Callable
from typing import Any

from ._base import Answered, Attributes, Inference, Requested, UnreadablePayload
from ._llm import failure_of, prompt_of, reply_of
from ._parts import code_of
from .bodies import read_request, read_response


def half_of(body: Any, attributes: Attributes, suffix: str, model: str | None, *, id: str | None = None) -> Inference:
    """Return the half of an inference that a body is: `suffix` says whether it is the request or the response."""
    common: dict[str, Any] = {
        "id": id or attributes.get("id"),
        "model": model,
        "tags": {name: attributes[name] for name in ("namespace", "endpoint") if attributes.get(name)},
        "trace_id": _trace_of(attributes.get("traceparent", "")),
    }
    if suffix == "request":
        return Inference(requested=_read(_read_request, body), requested_at=attributes.get("time"), **common)
    # Loggers record only what was answered with 200, unless they are configured to record all.
    code = code_of(attributes.get("statuscode")) or (500 if failure_of(body) else 200)
    answered = Answered() if code >= 400 else _read(_read_response, body)
    return Inference(
        version=_version_of(body), code=code, answered=answered, answered_at=attributes.get("time"), **common
    )


def _read_request(body: Any) -> Requested | None:
    # Language models first: TGI's `inputs`, a text, would also pass as a column.
    return prompt_of(body) or read_request(body)


def _read_response(body: Any) -> Answered | None:
    return reply_of(body) or read_response(body)


def _read(read: Callable[[Any], Requested | Answered | None], body: Any) -> Any:
    found = read(body)
    if found is None:
        names = ", ".join(list(body)[:5]) if isinstance(body, dict) else type(body).__name__
        raise UnreadablePayload(
            f"expected a body with instances, inputs, predictions, outputs, data or of a language model, got {names}"
        )
    return found


def _version_of(body: Any) -> str | None:
    version = body.get("model_version", body.get("modelVersion")) if isinstance(body, dict) else None
    return None if version is None else str(version)


def _trace_of(traceparent: str) -> str | None:
    """Return the trace id of a W3C `traceparent`."""
    parts = traceparent.split("-")
    return parts[1] if len(parts) == 4 else None  # version, trace id, span id, flags
