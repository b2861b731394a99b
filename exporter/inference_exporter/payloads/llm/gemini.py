"""Gemini's generateContent and its stream. The model of a request is in its URL only."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from .._base import Prompt, Reply, ToolCall
from ._base import Body, Chunks, LlmBodies
from ._parts import a_count, a_text, an_id, an_object, objects
from ._prompt import prompt_of, schemas
from ._reply import Answer, Usage
from ._text import content_of


def _get(body: Mapping[str, Any], name: str) -> Any:
    """Return a part by its name in camel case, or in snake case as Python's library writes it."""
    return body[name] if name in body else body.get(_snake(name))


@cache
def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def is_response(body: Body) -> bool:
    """Return whether a body has candidates, or says why the prompt was blocked."""
    if isinstance(body.get("candidates"), list):
        return True
    return _get(body, "promptFeedback") is not None and _get(body, "usageMetadata") is not None


def is_request(body: Body) -> bool:
    """Return whether a body asks for content."""
    return isinstance(body.get("contents"), list)


def read_request(body: Body) -> Prompt:
    """Return the prompt, system instruction included."""
    contents: list[Any] = [item.get("parts") for item in objects(body["contents"], "contents")]
    system = _get(body, "systemInstruction")
    if system:
        contents = [system, *contents]
    config = an_object(_get(body, "generationConfig"), "generationConfig")
    settings = {
        "temperature": config.get("temperature"),
        "top_p": _get(config, "topP"),
        "max_tokens": _get(config, "maxOutputTokens"),
    }
    tools = [
        declared
        for tool in objects(body.get("tools"), "tools")
        for declared in objects(_get(tool, "functionDeclarations"), "tools: functionDeclarations")
    ]
    return prompt_of(contents, settings, a_text(body.get("model"), "model"), schemas(tools, "parameters"))


def read_response(body: Body) -> Reply:
    """Return the reply."""
    # A chunk has the form of a whole response, so one reader serves both.
    return read_stream([body])


def read_stream(chunks: Chunks) -> Reply:
    """Return the reply that chunks make up. Each repeats the usage so far: the last one counts."""
    answer, texts = Answer(), list[str]()
    about: dict[str, Any] = {}
    calls: list[ToolCall] = []
    for at, chunk in enumerate(chunks):
        body = an_object(chunk, f"chunk {at}")
        reported = {
            "id": an_id(_get(body, "responseId")),
            "model": a_text(_get(body, "modelVersion"), "modelVersion"),
            "time": a_text(_get(body, "createTime"), "createTime"),
        }
        about |= {name: value for name, value in reported.items() if value is not None}
        if _get(body, "usageMetadata") is not None:
            answer.usage = _usage(an_object(_get(body, "usageMetadata"), "usageMetadata"))
        feedback = an_object(_get(body, "promptFeedback"), "promptFeedback")
        # A blocked prompt has feedback and no candidates.
        answer.refused |= bool(_get(feedback, "blockReason"))
        for candidate in objects(body.get("candidates"), "candidates"):
            reason = a_text(_get(candidate, "finishReason"), "candidates: finishReason")
            answer.finish_reason = reason or answer.finish_reason
            for part in _parts_of(candidate):
                # Thoughts come as parts of the answer with a flag.
                texts += content_of(part.get("text")).texts if not part.get("thought") else []
                calls += _call_of(part)
    answer.texts, answer.tool_calls = ["".join(texts)], calls
    if answer.refused and not texts:
        answer.texts = None
    return answer.reply(**about)


def _parts_of(candidate: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    content = an_object(candidate.get("content"), "candidates: content")
    return objects(content.get("parts"), "candidates: content.parts")


def _call_of(part: Mapping[str, Any]) -> list[ToolCall]:
    call = _get(part, "functionCall")
    if call is None:
        return []
    call = an_object(call, "candidates: functionCall")
    return [ToolCall(str(call.get("name")), call.get("args") or {})]


def _usage(usage: Mapping[str, Any]) -> Usage:
    """Return tokens: thoughts are part of the output, and the results of tools of the input."""
    prompt, tools, answer, thoughts, cached = (
        a_count(_get(usage, name), f"usageMetadata.{name}")
        for name in (
            "promptTokenCount", "toolUsePromptTokenCount", "candidatesTokenCount", "thoughtsTokenCount",
            "cachedContentTokenCount",
        )
    )  # fmt: skip
    return Usage(
        input=None if prompt is None else prompt + (tools or 0),
        output=None if answer is None and thoughts is None else (answer or 0) + (thoughts or 0),
        cached=cached,
        reasoning=thoughts,
    )


BODIES = LlmBodies(
    key="gemini",
    title="Gemini generateContent",
    is_request=is_request,
    read_request=read_request,
    names=("candidates", "promptFeedback", "prompt_feedback", "contents"),
    is_response=is_response,
    read_response=read_response,
    is_chunk=is_response,
    read_stream=read_stream,
)
