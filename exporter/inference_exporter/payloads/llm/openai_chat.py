"""OpenAI chat completions and their stream, as OpenAI-compatible servers and gateways answer them too."""

from collections.abc import Mapping, Sequence
from typing import Any

from .._base import Prompt, Reply, ToolCall, UnreadablePayload
from ._base import Body, Chunks, LlmBodies
from ._openai import about, seconds_of, usage_of
from ._parts import a_list, a_text, an_object, objects
from ._prompt import prompt_of, schemas
from ._reply import Answer
from ._text import content_of

RESPONSE, CHUNK = "chat.completion", "chat.completion.chunk"


def is_response(body: Body) -> bool:
    """Return whether a body is a chat completion; some servers leave `object` out."""
    return body.get("object") == RESPONSE or _first_choice_has(body, "message")


def is_chunk(body: Body) -> bool:
    """Return whether a body is a chunk of a stream."""
    return body.get("object") == CHUNK or _first_choice_has(body, "delta")


def _first_choice_has(body: Body, name: str) -> bool:
    choices = body.get("choices")
    return bool(isinstance(choices, list) and choices and isinstance(choices[0], Mapping) and name in choices[0])


def is_request(body: Body) -> bool:
    """Return whether a body asks for a chat completion: messages, and none of the names of other APIs."""
    # contents: Gemini; options, done: Ollama; system, anthropic_version: Anthropic; object: a response.
    others = ("contents", "options", "anthropic_version", "system", "object", "done", "inferenceConfig", "toolConfig")
    return isinstance(body.get("messages"), list) and not any(name in body for name in others)


def read_request(body: Body) -> Prompt:
    """Return the prompt."""
    contents = [message.get("content") for message in objects(body["messages"], "messages")]
    settings = {
        "temperature": body.get("temperature"),
        "top_p": body.get("top_p"),
        # The newer name, which reasoning models require.
        "max_tokens": body.get("max_completion_tokens", body.get("max_tokens")),
    }
    tools = schemas(objects(body.get("tools"), "tools"), "parameters")
    return prompt_of(contents, settings, a_text(body.get("model"), "model"), tools)


def read_response(body: Body) -> Reply:
    """Return the reply: the texts of all choices, and the finish reason of the first."""
    choices = objects(body.get("choices"), "choices")
    if not choices:
        raise UnreadablePayload("choices: expected at least one choice, got none")
    messages = [an_object(each.get("message"), f"choices[{at}].message") for at, each in enumerate(choices)]
    first, others = seconds_of(body)
    answer = Answer(
        texts=[text for message in messages for text in content_of(_said(message)).texts],
        finish_reason=a_text(choices[0].get("finish_reason"), "choices[0].finish_reason"),
        usage=usage_of(body),
        tool_calls=[call for at, message in enumerate(messages) for call in _calls_of(message, f"choices[{at}]")],
        refused=any(message.get("refusal") for message in messages),
        first_token_seconds=first,
        output_token_seconds=others,
    )
    return answer.reply(**about(body))


def _said(message: Mapping[str, Any]) -> Any:
    """Return the content of a message, or what was spoken."""
    audio = message.get("audio")
    return (
        audio.get("transcript")
        if message.get("content") is None and isinstance(audio, Mapping)
        else message.get("content")
    )


def _calls_of(message: Mapping[str, Any], where: str) -> Sequence[ToolCall]:
    calls = objects(message.get("tool_calls"), f"{where}.message.tool_calls")
    asked = [an_object(call.get("function"), f"{where}.message.tool_calls.function") for call in calls]
    if message.get("function_call"):
        # The form before tools, which older clients still use.
        asked.append(an_object(message["function_call"], f"{where}.message.function_call"))
    return [ToolCall(str(function.get("name")), function.get("arguments")) for function in asked]


def read_stream(chunks: Chunks) -> Reply:
    """Return the reply that chunks make up. Usage repeats and grows: the last one counts."""
    gathered = _Gathered()
    for at, chunk in enumerate(chunks):
        gathered.add(an_object(chunk, f"chunk {at}"), at)
    return gathered.reply()


class _Gathered:
    """What the chunks of a stream have contained so far."""

    def __init__(self) -> None:
        self.answer = Answer()
        self.about: dict[str, Any] = {}
        self._texts: list[str] = []
        self._calls: dict[tuple[Any, Any], tuple[str, list[str]]] = {}

    def add(self, chunk: Mapping[str, Any], at: int) -> None:
        """Add a chunk."""
        # The first value known counts: some servers send a new `created` with each chunk.
        self.about = {**about(chunk), **{name: value for name, value in self.about.items() if value is not None}}
        # The last chunk has usage if `stream_options.include_usage` asked for it; others have null.
        if isinstance(chunk.get("usage"), Mapping):
            self.answer.usage = usage_of(chunk)
        if isinstance(chunk.get("metrics"), Mapping):
            self.answer.first_token_seconds, self.answer.output_token_seconds = seconds_of(chunk)
        for choice in objects(chunk.get("choices"), f"chunk {at}: choices"):
            self._add_choice(choice, f"chunk {at}: choices")

    def _add_choice(self, choice: Mapping[str, Any], where: str) -> None:
        delta = an_object(choice.get("delta"), f"{where}.delta")
        self._texts += content_of(delta.get("content")).texts
        self.answer.refused |= bool(delta.get("refusal"))
        reason = a_text(choice.get("finish_reason"), f"{where}.finish_reason")
        # The first choice speaks for the response, as in an answer that is not streamed.
        if reason and (choice.get("index") in (0, None) or not self.answer.finish_reason):
            self.answer.finish_reason = reason
        for place, call in enumerate(a_list(delta.get("tool_calls"), f"{where}.delta.tool_calls")):
            call = an_object(call, f"{where}.delta.tool_calls[{place}]")
            self._add_call((str(choice.get("index")), str(call.get("index", place))), call, where)

    def _add_call(self, key: tuple[str, str], call: Mapping[str, Any], where: str) -> None:
        function = an_object(call.get("function"), f"{where}.delta.tool_calls.function")
        name, parts = self._calls.get(key, ("", []))
        parts.append(a_text(function.get("arguments"), f"{where}.delta.tool_calls.function.arguments") or "")
        # Only the first piece of a call has its name.
        self._calls[key] = (name or str(function.get("name") or ""), parts)

    def reply(self) -> Reply:
        """Return the reply."""
        self.answer.texts = ["".join(self._texts)] if self._texts else []
        self.answer.tool_calls = [ToolCall(name, "".join(parts)) for name, parts in self._calls.values()]
        return self.answer.reply(**self.about)


BODIES = LlmBodies(
    key="openai_chat",
    title="OpenAI chat completions",
    is_request=is_request,
    read_request=read_request,
    names=("object", "choices", "messages"),
    is_response=is_response,
    read_response=read_response,
    is_chunk=is_chunk,
    read_stream=read_stream,
)
