"""Cohere's chat, version 2, and its stream. Its requests are those of OpenAI's chat."""

from collections.abc import Mapping, Sequence
from typing import Any

from .._base import Reply, ToolCall
from ._base import Body, Chunks, LlmBodies
from ._parts import a_count, a_text, an_id, an_object, objects
from ._reply import Answer, Usage
from ._text import content_of

EVENTS = ("message-start", "content-start", "content-delta", "content-end", "tool-plan-delta", "tool-call-start",
          "tool-call-delta", "tool-call-end", "citation-start", "citation-end", "message-end")  # fmt: skip


def is_response(body: Body) -> bool:
    """Return whether a body has a message beside its finish reason, which other APIs have inside of choices."""
    return isinstance(body.get("message"), Mapping) and isinstance(body.get("finish_reason"), str)


def is_chunk(body: Body) -> bool:
    """Return whether a body is an event of a stream."""
    return body.get("type") in EVENTS


def read_response(body: Body) -> Reply:
    """Return the reply."""
    message = an_object(body.get("message"), "message")
    texts = [text for part in objects(message.get("content"), "message.content") for text in content_of(part).texts]
    return _reply(body, texts, _calls_of(message), body.get("finish_reason"), body.get("usage"))


def _calls_of(message: Mapping[str, Any]) -> list[ToolCall]:
    calls = objects(message.get("tool_calls"), "message.tool_calls")
    asked = [an_object(call.get("function"), "message.tool_calls.function") for call in calls]
    return [ToolCall(str(function.get("name")), function.get("arguments")) for function in asked]


def _reply(about: Body, texts: Sequence[str], calls: Sequence[ToolCall], reason: Any, usage: Any) -> Reply:
    given = an_object(usage, "usage")
    # `billed_units` leaves out what Cohere adds to the prompt; the model read `tokens`.
    tokens = an_object(given.get("tokens", given.get("billed_units")), "usage.tokens")
    answer = Answer(
        texts=texts,
        finish_reason=a_text(reason, "finish_reason"),
        usage=Usage(
            input=a_count(tokens.get("input_tokens"), "usage.tokens.input_tokens"),
            output=a_count(tokens.get("output_tokens"), "usage.tokens.output_tokens"),
            cached=a_count(given.get("cached_tokens"), "usage.cached_tokens"),
        ),
        tool_calls=calls,
    )
    return answer.reply(id=an_id(about.get("id")), model=a_text(about.get("model"), "model"))


def read_stream(chunks: Chunks) -> Reply:
    """Return the reply that events make up; the last one has the tokens."""
    about: Body = {}
    texts: list[str] = []
    calls: dict[str, list[str]] = {}
    end: Mapping[str, Any] = {}
    for at, chunk in enumerate(chunks):
        event = an_object(chunk, f"event {at}")
        delta = an_object(event.get("delta"), f"event {at}: delta")
        message = an_object(delta.get("message"), f"event {at}: delta.message")
        if event.get("type") == "message-start":
            about = event
        elif event.get("type") == "message-end":
            end = delta
        elif event.get("type") == "content-delta":
            texts += content_of(message.get("content")).texts
        _add_call(calls, event, message)
    made = [ToolCall(name, "".join(pieces)) for name, *pieces in calls.values()]
    return _reply(about, ["".join(texts)] if texts else [], made, end.get("finish_reason"), end.get("usage"))


def _add_call(calls: dict[str, list[str]], event: Mapping[str, Any], message: Mapping[str, Any]) -> None:
    """Add a piece of a call: the first is its name."""
    call = message.get("tool_calls")
    function = call.get("function") if isinstance(call, Mapping) else None
    if not isinstance(function, Mapping):
        return
    pieces = calls.setdefault(str(event.get("index")), [])
    if not pieces:
        pieces.append(str(function.get("name")))
    if isinstance(function.get("arguments"), str):
        pieces.append(function["arguments"])


BODIES = LlmBodies(
    key="cohere_chat",
    title="Cohere chat",
    names=("message", "type"),
    is_response=is_response,
    read_response=read_response,
    is_chunk=is_chunk,
    read_stream=read_stream,
)
