"""Kong's log of requests (its http-log plugin), with tokens if its AI proxy answered."""

from collections.abc import Mapping
from typing import Any

from ._base import Answered, Attributes, Document, Inference, PayloadFormat, Prompt, Requested
from ._llm import inference_of, prompt_of, reply_of
from ._parts import code_of, json_of, object_of, seconds_of, text_or_none
from .llm._parts import a_count
from .llm._reply import Answer, Usage


def recognises(document: Document, attributes: Attributes) -> bool:
    """Return whether a record has Kong's latencies beside its time."""
    return isinstance(document.get("latencies"), dict) and "started_at" in document


def read(document: Document, attributes: Attributes) -> Inference:
    """Return the call, or the request without a body if no language model answered it."""
    request, response = (object_of(document.get(name) or {}, name) for name in ("request", "response"))
    latencies = object_of(document["latencies"], "latencies")
    ai = _ai(document.get("ai"))
    about = object_of(ai.get("meta") or {}, "ai.meta")
    code = code_of(response.get("status"))
    proxied = latencies.get("proxy")
    return inference_of(
        _requested(ai),
        _answered(ai, code),
        id=text_or_none(request.get("id")),
        requested_at=document["started_at"],
        latency_seconds=seconds_of(proxied if isinstance(proxied, int) and proxied >= 0 else latencies.get("request")),
        code=code,
        model=text_or_none(about.get("response_model") or about.get("request_model")) or _service(document),
        counts_alone=True,
    )


def _service(document: Document) -> str | None:
    service = document.get("service")
    return text_or_none(service.get("name")) if isinstance(service, Mapping) else None


def _ai(value: Any) -> Document:
    """Return what the plugin that talked to the model says, which is under its name."""
    parts = [each for each in value.values() if isinstance(each, dict)] if isinstance(value, dict) else []
    return next((each for each in parts if "usage" in each or "meta" in each), {})


def _requested(ai: Document) -> Prompt | Requested:
    payload = ai.get("payload")
    body = payload.get("request") if isinstance(payload, dict) else None
    return prompt_of(json_of(body, "ai.payload.request")) or Requested(())


def _answered(ai: Document, code: int | None) -> Answered:
    if not ai or (code is not None and code >= 400):
        return Answered()
    payload = ai.get("payload")
    body = payload.get("response") if isinstance(payload, dict) else None
    found = None if body is None else reply_of(json_of(body, "ai.payload.response"))
    return found or _tokens(object_of(ai.get("usage") or {}, "ai.usage"))


def _tokens(usage: Document) -> Answered:
    # The documentation spells them without the s.
    counts = [a_count(usage.get(f"{name}s", usage.get(name)), f"ai.usage.{name}s")
              for name in ("prompt_token", "completion_token")]  # fmt: skip
    tokens = Usage(input=counts[0], output=counts[1])
    return Answer(usage=tokens, cost=a_count(usage.get("cost"), "ai.usage.cost")).reply()


FORMAT = PayloadFormat("kong", "Kong's log of requests", recognises, read, names=("latencies",))
