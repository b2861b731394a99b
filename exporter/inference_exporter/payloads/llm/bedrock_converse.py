"""Amazon Bedrock's Converse and its stream."""

from collections.abc import Mapping, Sequence
from typing import Any

from .._base import Prompt, Reply, ToolCall
from ._base import Body, Chunks, LlmBodies
from ._parts import a_count, a_text, an_object, objects
from ._prompt import prompt_of
from ._reply import Answer, Usage
from ._text import content_of

EVENTS = ("messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockStop", "messageStop", "metadata")


def is_response(body: Body) -> bool:
    """Return whether a body has a message as output, and why it stopped."""
    output = body.get("output")
    return "stopReason" in body and isinstance(output, Mapping) and "message" in output


def is_chunk(body: Body) -> bool:
    """Return whether a body is an event of a stream: an object with its kind as the only name."""
    return len(body) == 1 and next(iter(body)) in EVENTS and isinstance(next(iter(body.values())), Mapping)


def is_request(body: Body) -> bool:
    """Return whether a body asks for a message, with the names that only Bedrock has."""
    names = ("modelId", "inferenceConfig", "toolConfig", "guardrailConfig", "additionalModelRequestFields")
    return isinstance(body.get("messages"), list) and any(name in body for name in names)


def read_request(body: Body) -> Prompt:
    """Return the prompt, system text included."""
    contents = [message.get("content") for message in objects(body["messages"], "messages")]
    if body.get("system"):
        contents = [body["system"], *contents]
    settings = an_object(body.get("inferenceConfig"), "inferenceConfig")
    known = {"temperature": settings.get("temperature"), "top_p": settings.get("topP"),
             "max_tokens": settings.get("maxTokens")}  # fmt: skip
    return prompt_of(contents, known, a_text(body.get("modelId"), "modelId"), _schemas(body))


def _schemas(body: Body) -> dict[str, Any]:
    found = {}
    for tool in objects(an_object(body.get("toolConfig"), "toolConfig").get("tools"), "toolConfig.tools"):
        about = an_object(tool.get("toolSpec"), "toolConfig.tools.toolSpec")
        schema = an_object(about.get("inputSchema"), "toolConfig.tools.toolSpec.inputSchema")
        if isinstance(about.get("name"), str):
            found[about["name"]] = schema.get("json")
    return found


def read_response(body: Body) -> Reply:
    """Return the reply."""
    message = an_object(an_object(body.get("output"), "output").get("message"), "output.message")
    blocks = objects(message.get("content"), "output.message.content")
    calls = [an_object(block["toolUse"], "toolUse") for block in blocks if block.get("toolUse") is not None]
    texts = [text for block in blocks if "text" in block for text in content_of(block["text"]).texts]
    return _reply(body, texts, [ToolCall(str(call.get("name")), call.get("input")) for call in calls])


def _reply(body: Body, texts: Sequence[str], calls: Sequence[ToolCall]) -> Reply:
    """Return a reply. As with Anthropic's API, `inputTokens` leaves out what was read from or written to the cache."""
    usage = an_object(body.get("usage"), "usage")
    counts = {name: a_count(usage.get(name), f"usage.{name}") for name in (
        "inputTokens", "outputTokens", "cacheReadInputTokens", "cacheWriteInputTokens")}  # fmt: skip
    cached, written, fresh = counts["cacheReadInputTokens"], counts["cacheWriteInputTokens"], counts["inputTokens"]
    latency = a_count(an_object(body.get("metrics"), "metrics").get("latencyMs"), "metrics.latencyMs")
    answer = Answer(
        texts=texts,
        finish_reason=a_text(body.get("stopReason"), "stopReason"),
        usage=Usage(
            input=None if fresh is None else fresh + (cached or 0) + (written or 0),
            output=counts["outputTokens"],
            cached=cached,
            written=written,
        ),
        tool_calls=calls,
    )
    return answer.reply(latency_seconds=None if latency is None else latency / 1000)


def read_stream(chunks: Chunks) -> Reply:
    """Return the reply that events make up."""
    ends: dict[str, Any] = {}
    texts: list[str] = []
    calls: dict[str, list[str]] = {}
    for at, chunk in enumerate(chunks):
        for kind, given in an_object(chunk, f"event {at}").items():
            event = an_object(given, f"event {at}: {kind}")
            if kind in ("messageStop", "metadata"):
                ends |= event
            _add_piece(texts, calls, event)
    made = [ToolCall(name, "".join(pieces)) for name, *pieces in calls.values()]
    return _reply(ends, ["".join(texts)] if texts else [], made)


def _add_piece(texts: list[str], calls: dict[str, list[str]], event: Mapping[str, Any]) -> None:
    delta = event.get("delta", event.get("start"))
    if not isinstance(delta, Mapping):
        return
    if isinstance(delta.get("text"), str):
        texts.append(delta["text"])
    tool = delta.get("toolUse")
    if isinstance(tool, Mapping):
        pieces = calls.setdefault(str(event.get("contentBlockIndex")), [])
        pieces.append(str(tool.get("input", "") if pieces else tool.get("name")))


BODIES = LlmBodies(
    key="bedrock_converse",
    title="Amazon Bedrock Converse",
    is_request=is_request,
    read_request=read_request,
    names=("stopReason", "messages", *EVENTS),
    is_response=is_response,
    read_response=read_response,
    is_chunk=is_chunk,
    read_stream=read_stream,
)
