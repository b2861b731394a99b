"""An OpenTelemetry span about a call of a language model."""

from collections.abc import Mapping
from typing import Any

from ._base import Attributes, Document, Inference, PayloadFormat, Prompt, Reply, ToolCall
from ._llm import inference_of
from ._otlp import first_of, messages_of
from ._parts import json_of, object_of
from .llm._parts import a_count, a_setting, a_text, an_id, an_object
from .llm._prompt import prompt_of
from .llm._reply import Answer, Usage
from .llm._text import content_of

NANOSECONDS = 1e9
# A day: a longer span has a wrong clock at one of its ends.
LONGEST_SECONDS = 86400.0
ERROR = 2  # STATUS_CODE_ERROR; JSON may have the number or the name
Found = Mapping[str, Any]


def recognises(document: Document, attributes: Attributes) -> bool:
    """Return whether the document is an opened span."""
    return attributes.get("type") == "otlp.span" and isinstance(document.get("attributes"), Mapping)


def read(document: Document, attributes: Attributes) -> Inference:
    """Return the call."""
    found: Found = document["attributes"]
    start, end = (_nanoseconds(document.get(name)) for name in ("startTimeUnixNano", "endTimeUnixNano"))
    latency = (end - start) / NANOSECONDS if start and end else -1.0
    prompt = _prompt(found)
    return inference_of(
        prompt,
        _reply(found),
        # The provider's id is the one that outcomes know; a span without it is still an inference of its own.
        id=an_id(first_of(found, "gen_ai.response.id", "triton.request_id")) or an_id(document.get("spanId")),
        model=prompt.model,
        requested_at=start / NANOSECONDS if start else None,
        latency_seconds=latency if 0 <= latency < LONGEST_SECONDS else None,
        code=_code(document, found),
        trace_id=an_id(document.get("traceId")),
    )


def _nanoseconds(value: Any) -> int:
    """Return a time, which may be text, because it has 64 bits; 0 is unknown."""
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        return 0
    return number if 0 < number < 1 << 64 else 0


def _prompt(found: Found) -> Prompt:
    messages = messages_of(found, ("gen_ai.input.messages", "gen_ai.prompt"), ("gen_ai.prompt", "llm.input_messages"))
    settings = {
        "temperature": found.get("gen_ai.request.temperature"),
        "top_p": found.get("gen_ai.request.top_p"),
        "max_tokens": found.get("gen_ai.request.max_tokens"),
    }
    # What answered comes before what was asked for: an alias such as "latest" is not a version.
    model = first_of(found, "gen_ai.response.model", "gen_ai.request.model", "llm.response.model_name",
                     "llm.model_name", "embedding.model_name", "mlflow.llm.model", "ai.response.model",
                     "ai.model.id")  # fmt: skip
    return prompt_of(messages or [], settings, _unquoted(a_text(model, "gen_ai.request.model")))


def _unquoted(text: str | None) -> str | None:
    """Return a text without the quotes of JSON in which MLflow writes it."""
    return text.strip('"') if text else None


def _reply(found: Found) -> Reply:
    messages = messages_of(
        found, ("gen_ai.output.messages", "gen_ai.completion"), ("gen_ai.completion", "llm.output_messages")
    )
    parts = [part for message in messages or [] for part in _parts_of(message)]
    calls = [part for part in parts if isinstance(part, Mapping) and part.get("type") == "tool_call"]
    texts = [part for part in parts if not isinstance(part, Mapping) or part.get("type", "text") == "text"]
    first = first_of(found, "gen_ai.response.time_to_first_chunk", "gen_ai.latency.time_to_first_token",
                     "gen_ai.server.time_to_first_token")  # fmt: skip
    answer = Answer(
        texts=None if messages is None else content_of(texts).texts,
        finish_reason=_finish_reason(found),
        usage=_usage(found),
        tool_calls=[ToolCall(str(call.get("name")), call.get("arguments")) for call in calls],
        first_token_seconds=a_count(first, "time to the first token"),
        cost=a_count(first_of(found, "llm.cost.total"), "llm.cost.total"),
    )
    return answer.reply()


def _parts_of(message: Any) -> list[Any]:
    if not isinstance(message, Mapping):
        return [message]
    parts = message.get("parts", message.get("content"))
    return parts if isinstance(parts, list) else [parts]


def _finish_reason(found: Found) -> str | None:
    reason = first_of(found, "gen_ai.response.finish_reasons", "gen_ai.response.finish_reason",
                      "gen_ai.response.stop_reason", "llm.response.finish_reason", "llm.finish_reason",
                      "gen_ai.completion.0.finish_reason", "ai.response.finishReason")  # fmt: skip
    if isinstance(reason, list):
        # One for each choice; the first speaks for the response, as in the bodies of OpenAI.
        reason = reason[0] if reason else None
    return a_text(reason, "gen_ai.response.finish_reasons")


TOKENS = {
    "input": ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.token_count.prompt",
              "llm.usage.prompt_tokens", "ai.usage.inputTokens", "ai.usage.promptTokens"),
    "output": ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.token_count.completion",
               "llm.usage.completion_tokens", "ai.usage.outputTokens", "ai.usage.completionTokens"),
    "cached": ("gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cached_tokens",
               "gen_ai.usage.cache_read_input_tokens", "ai.usage.cachedInputTokens",
               "llm.token_count.prompt_details.cache_read", "llm.token_count.prompt_details.cache_input"),
    "written": ("gen_ai.usage.cache_write.input_tokens", "gen_ai.usage.cache_creation.input_tokens",
                "gen_ai.usage.cache_creation_input_tokens",
                "llm.token_count.prompt_details.cache_write"),
    "reasoning": ("gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.reasoning_tokens",
                  "ai.usage.reasoningTokens", "llm.token_count.completion_details.reasoning"),
}  # fmt: skip


def _usage(found: Found) -> Usage:
    usage = found.get("mlflow.chat.tokenUsage")
    if usage is not None:
        tokens = object_of(json_of(usage, "mlflow.chat.tokenUsage"), "mlflow.chat.tokenUsage")
        found = {**found, **{f"gen_ai.usage.{name}": count for name, count in tokens.items()}}
    return Usage(**{field: a_count(first_of(found, *names), names[0]) for field, names in TOKENS.items()})


def _code(document: Document, found: Found) -> int:
    """Return 200, or the status of a failed call: the one in the span, else 500."""
    status = an_object(document.get("status"), "status")
    kind = found.get("error.type")
    if status.get("code") not in (ERROR, "STATUS_CODE_ERROR") and kind is None:
        return 200
    reported = found.get("http.response.status_code", kind)
    # `error.type` may be a status code or the name of an exception.
    number = a_setting(
        int(reported) if isinstance(reported, str) and reported.isdecimal() and len(reported) == 3 else reported
    )
    return int(number) if number is not None and 400 <= number <= 599 else 500


FORMAT = PayloadFormat("otlp_span", "OpenTelemetry spans of language models", recognises, read, names=("attributes",))
