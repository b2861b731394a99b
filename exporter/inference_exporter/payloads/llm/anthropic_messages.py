"""Anthropic messages and their stream, as Bedrock and Vertex send them too."""

from collections.abc import Mapping, Sequence
from typing import Any

from .._base import Prompt, Reply, ToolCall
from ._base import Body, Chunks, LlmBodies
from ._parts import a_count, a_text, an_id, an_object, objects
from ._prompt import prompt_of, schemas
from ._reply import Answer, Usage
from ._text import content_of

EVENTS = (
    "message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta",
    "message_stop", "ping",
)  # fmt: skip


def is_response(body: Body) -> bool:
    """Return whether a body is a message; some gateways leave `type` out."""
    is_message = body.get("type") == "message" or "stop_reason" in body
    return is_message and isinstance(body.get("content"), list) and "role" in body


def is_chunk(body: Body) -> bool:
    """Return whether a body is an event of a stream."""
    return body.get("type") in EVENTS


def is_request(body: Body) -> bool:
    """Return whether a body asks for a message: `system` beside the messages, or a tool with `input_schema`."""
    if not isinstance(body.get("messages"), list) or "options" in body:  # Ollama has options
        return False
    tools = body.get("tools")
    first = tools[0] if isinstance(tools, list) and tools else None
    has_schema = isinstance(first, Mapping) and "input_schema" in first
    # `messages` alone could be OpenAI's; these names are not in its API.
    return has_schema or any(name in body for name in ("system", "anthropic_version", "stop_sequences", "thinking"))


def read_request(body: Body) -> Prompt:
    """Return the prompt, system text included."""
    contents = [message.get("content") for message in objects(body["messages"], "messages")]
    if body.get("system"):
        contents = [body["system"], *contents]
    settings = {name: body.get(name) for name in ("temperature", "top_p", "max_tokens")}
    tools = schemas(objects(body.get("tools"), "tools"), "input_schema")
    return prompt_of(contents, settings, a_text(body.get("model"), "model"), tools)


def read_response(body: Body) -> Reply:
    """Return the reply. Thoughts are not part of the answer."""
    blocks = objects(body.get("content"), "content")
    return _reply(body, blocks, body.get("stop_reason"), an_object(body.get("usage"), "usage"))


def _reply(about: Body, blocks: Sequence[Mapping[str, Any]], reason: Any, usage: Mapping[str, Any]) -> Reply:
    answer = Answer(
        texts=[text for block in blocks if block.get("type") == "text" for text in content_of(block).texts],
        finish_reason=a_text(reason, "stop_reason"),
        usage=_usage(usage),
        tool_calls=[
            ToolCall(str(block.get("name")), block.get("input")) for block in blocks if block.get("type") == "tool_use"
        ],
    )
    return answer.reply(id=an_id(about.get("id")), model=a_text(about.get("model"), "model"))


def _usage(usage: Mapping[str, Any]) -> Usage:
    """Return tokens. `input_tokens` leaves out what was read from or written to the cache: all input is the sum."""
    fresh = a_count(usage.get("input_tokens"), "usage.input_tokens")
    cached = a_count(usage.get("cache_read_input_tokens"), "usage.cache_read_input_tokens")
    written = a_count(usage.get("cache_creation_input_tokens"), "usage.cache_creation_input_tokens")
    details = an_object(usage.get("output_tokens_details"), "usage.output_tokens_details")
    return Usage(
        input=None if fresh is None else fresh + (cached or 0) + (written or 0),
        output=a_count(usage.get("output_tokens"), "usage.output_tokens"),
        cached=cached,
        written=written,
        reasoning=a_count(details.get("thinking_tokens"), "usage.output_tokens_details.thinking_tokens"),
    )


def read_stream(chunks: Chunks) -> Reply:
    """Return the message that events make up. Usage is cumulative: of each field, the last value counts."""
    about: Mapping[str, Any] = {}
    usage: dict[str, Any] = {}
    reason = None
    blocks: dict[Any, dict[str, Any]] = {}
    for at, chunk in enumerate(chunks):
        event = an_object(chunk, f"event {at}")
        message, delta = event.get("message"), an_object(event.get("delta"), f"event {at}: delta")
        if isinstance(message, Mapping):
            about = message
            usage |= an_object(message.get("usage"), f"event {at}: usage")
        given = an_object(event.get("usage"), f"event {at}: usage")
        # The last event repeats only the fields that changed, and writes null for others.
        usage |= {name: value for name, value in given.items() if value is not None}
        reason = delta.get("stop_reason", reason)
        _add_block(blocks, event, delta)
    return _reply(about, [_finished(block) for block in blocks.values()], reason, usage)


def _add_block(blocks: dict[Any, dict[str, Any]], event: Mapping[str, Any], delta: Mapping[str, Any]) -> None:
    """Start a block, or add a piece to one."""
    key = str(event.get("index"))
    if isinstance(event.get("content_block"), Mapping):
        blocks[key] = {**event["content_block"], "pieces": [content_of(event["content_block"].get("text", "")).texts]}
    block = blocks.get(key)
    for name in ("text", "partial_json"):
        if block is not None and isinstance(delta.get(name), str):
            block["pieces"].append([delta[name]])


def _finished(block: dict[str, Any]) -> dict[str, Any]:
    """Return a block with its pieces together."""
    text = "".join(piece for pieces in block.pop("pieces") for piece in pieces)
    if block.get("type") == "tool_use":
        # Arguments arrive as pieces of JSON; without any, the start of the block has them (usually `{}`).
        return {**block, "input": text or block.get("input")}
    return {**block, "text": text}


BODIES = LlmBodies(
    key="anthropic_messages",
    title="Anthropic messages",
    is_request=is_request,
    read_request=read_request,
    names=("type", "messages", "stop_reason"),
    is_response=is_response,
    read_response=read_response,
    is_chunk=is_chunk,
    read_stream=read_stream,
)
