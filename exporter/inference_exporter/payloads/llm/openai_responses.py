"""OpenAI Responses and their stream, of which only the last event has usage."""

from collections.abc import Mapping, Sequence
from typing import Any

from .._base import Prompt, Reply, ToolCall, UnreadablePayload
from ._base import Body, Chunks, LlmBodies
from ._openai import about, usage_of
from ._parts import a_setting, a_text, an_object, objects
from ._prompt import prompt_of, schemas
from ._reply import Answer
from ._text import content_of

ENDS = ("response.completed", "response.incomplete", "response.failed", "response.cancelled")
NO_ANSWER_YET = ("queued", "in_progress")


def is_response(body: Body) -> bool:
    """Return whether a body is a response."""
    return body.get("object") == "response"


def is_chunk(body: Body) -> bool:
    """Return whether a body is an event of a stream."""
    return isinstance(body.get("type"), str) and body["type"].startswith("response.")


def is_request(body: Body) -> bool:
    """Return whether a body asks for a response: an input, and a name that no other API has."""
    # `input` and `model` alone could ask for embeddings.
    own = ("instructions", "max_output_tokens", "previous_response_id", "reasoning", "store")
    return "input" in body and "model" in body and (any(name in body for name in own) or _has_roles(body["input"]))


def _has_roles(items: Any) -> bool:
    return isinstance(items, list) and bool(items) and isinstance(items[0], Mapping) and "role" in items[0]


def read_request(body: Body) -> Prompt:
    """Return the prompt: instructions and the items of the input."""
    given = body["input"]
    items = [given] if isinstance(given, str) else objects(given, "input")
    # Results of tools are items with `output` instead of `content`.
    contents = [item if isinstance(item, str) else item.get("content", item.get("output", "")) for item in items]
    if body.get("instructions"):
        contents = [body["instructions"], *contents]
    settings = {
        "temperature": body.get("temperature"),
        "top_p": body.get("top_p"),
        "max_tokens": body.get("max_output_tokens"),
    }
    tools = schemas(objects(body.get("tools"), "tools"), "parameters")
    return prompt_of(contents, settings, a_text(body.get("model"), "model"), tools)


def read_response(body: Body) -> Reply:
    """Return the reply. A response that is still queued or in progress has no result yet."""
    status = a_text(body.get("status"), "status")
    if status in NO_ANSWER_YET:
        raise UnreadablePayload(f"status: expected a response that has ended, got {status}")
    output = objects(body.get("output"), "output")
    messages = [item for item in output if item.get("type", "message") == "message"]
    parts = [part for item in messages for part in _parts_of(item)]
    answer = Answer(
        texts=[text for part in parts if part.get("type") != "refusal" for text in content_of(part).texts],
        finish_reason=_finish_reason(body, status, output),
        usage=usage_of(body),
        tool_calls=_calls_of(output),
        refused=any(part.get("type") == "refusal" for part in parts),
    )
    if status == "failed":
        # A failed response has no answer rather than an empty one.
        answer.texts = None
    return answer.reply(**about(body), latency_seconds=_seconds(body), code=500 if status == "failed" else None)


def _parts_of(item: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    content = item.get("content")
    return [{"text": content}] if isinstance(content, str) else objects(content, "output: content")


def _calls_of(output: Sequence[Mapping[str, Any]]) -> list[ToolCall]:
    calls = (item for item in output if item.get("type") == "function_call")
    return [ToolCall(str(call.get("name")), call.get("arguments")) for call in calls]


def _finish_reason(body: Body, status: str | None, output: Sequence[Mapping[str, Any]]) -> str | None:
    details = an_object(body.get("incomplete_details"), "incomplete_details")
    if status == "incomplete":
        return a_text(details.get("reason"), "incomplete_details.reason") or status
    # The API has no reason for this case; chat completions call it so.
    return "tool_calls" if status == "completed" and _calls_of(output) else status


def _seconds(body: Body) -> float | None:
    """Return the latency, if the response says when it was completed."""
    start, end = a_setting(body.get("created_at")), a_setting(body.get("completed_at"))
    return end - start if start is not None and end is not None and end > start else None


def read_stream(chunks: Chunks) -> Reply:
    """Return the reply of the last event; a stream that was cut has its text, but no tokens."""
    events = [an_object(chunk, f"event {at}") for at, chunk in enumerate(chunks)]
    last = next((event for event in reversed(events) if event.get("type") in ENDS), None)
    texts = [text for event in events for text in _delta(event, "response.output_text.delta")]
    refused = any(_delta(event, "response.refusal.delta") for event in events)
    begun: Body = next((event["response"] for event in events if isinstance(event.get("response"), Mapping)), {})
    if last is None:
        return Answer(texts=["".join(texts)], refused=refused).reply(**about(begun))
    response = an_object(last.get("response"), "response")
    if response.get("output") or not texts:
        return read_response(response)
    # Some servers leave the output out of the last event, because its parts came before.
    message = {"type": "message", "content": [{"type": "output_text", "text": "".join(texts)}]}
    return read_response({**response, "output": [message]})


def _delta(event: Mapping[str, Any], kind: str) -> Sequence[str]:
    return [event["delta"]] if event.get("type") == kind and isinstance(event.get("delta"), str) else []


BODIES = LlmBodies(
    key="openai_responses",
    title="OpenAI Responses",
    is_request=is_request,
    read_request=read_request,
    names=("object", "type", "input"),
    is_response=is_response,
    read_response=read_response,
    is_chunk=is_chunk,
    read_stream=read_stream,
)
