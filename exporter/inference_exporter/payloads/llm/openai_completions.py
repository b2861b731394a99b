"""OpenAI completions (text in, text out) and their stream."""

from collections.abc import Mapping
from typing import Any

from .._base import Prompt, Reply, UnreadablePayload
from ._base import Body, Chunks, LlmBodies
from ._openai import about, seconds_of, usage_of
from ._parts import a_text, an_object, objects
from ._prompt import prompt_of
from ._reply import Answer
from ._text import content_of


def is_response(body: Body) -> bool:
    """Return whether a body is a completion, or a chunk of its stream: both look alike."""
    if body.get("object") == "text_completion":
        return True
    choices = body.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    return isinstance(first, Mapping) and "text" in first and "object" not in body


def is_request(body: Body) -> bool:
    """Return whether a body asks for a completion. Ollama's requests look alike, but have `options` or `system`."""
    others = ("messages", "options", "system", "format", "keep_alive", "response", "done")
    return "prompt" in body and "model" in body and not any(name in body for name in others)


def read_request(body: Body) -> Prompt:
    """Return the prompt: text, several texts, or tokens, of which the length in characters is unknown."""
    prompt = body["prompt"]
    texts = prompt if isinstance(prompt, list) else [prompt]
    # Token ids cannot become characters without the model's tokenizer.
    contents = [text for text in texts if isinstance(text, str)]
    settings = {name: body.get(name) for name in ("temperature", "top_p", "max_tokens")}
    return prompt_of(contents, settings, a_text(body.get("model"), "model"))


def read_response(body: Body) -> Reply:
    """Return the reply: the texts of all choices, and the finish reason of the first."""
    choices = objects(body.get("choices"), "choices")
    if not choices:
        raise UnreadablePayload("choices: expected at least one choice, got none")
    first, others = seconds_of(body)
    answer = Answer(
        texts=[text for choice in choices for text in content_of(choice.get("text")).texts],
        finish_reason=a_text(choices[0].get("finish_reason"), "choices[0].finish_reason"),
        usage=usage_of(body),
        first_token_seconds=first,
        output_token_seconds=others,
    )
    return answer.reply(**about(body))


def read_stream(chunks: Chunks) -> Reply:
    """Return the reply that chunks make up; the last usage counts."""
    answer, reported = Answer(), dict[str, Any]()
    texts: list[str] = []
    for at, chunk in enumerate(chunks):
        chunk = an_object(chunk, f"chunk {at}")
        reported = reported or about(chunk)
        if isinstance(chunk.get("usage"), Mapping):
            answer.usage = usage_of(chunk)
        for choice in objects(chunk.get("choices"), f"chunk {at}: choices"):
            texts += content_of(choice.get("text")).texts
            answer.finish_reason = a_text(choice.get("finish_reason"), "finish_reason") or answer.finish_reason
    answer.texts = ["".join(texts)]
    return answer.reply(**reported)


BODIES = LlmBodies(
    key="openai_completions",
    title="OpenAI completions",
    is_request=is_request,
    read_request=read_request,
    names=("object", "choices", "prompt"),
    is_response=is_response,
    read_response=read_response,
    is_chunk=is_response,
    read_stream=read_stream,
)
