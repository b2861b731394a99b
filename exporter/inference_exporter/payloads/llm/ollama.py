"""Ollama's chat and generate, whose streams are lines of JSON, and its embeddings."""

from collections.abc import Mapping
from typing import Any

from .._base import Prompt, Reply, ToolCall
from ._base import Body, Chunks, LlmBodies
from ._parts import a_count, a_list, a_text, an_object, known, objects
from ._prompt import prompt_of, schemas
from ._reply import Answer, Usage
from ._text import content_of
from ._vector import features_of

# Requests without a prompt load the model; they are not inferences.
WARM_UP = ("load", "unload")
NANOSECONDS = 1e9


def is_response(body: Body) -> bool:
    """Return whether a body is the answer, or the last line of a stream; or has embeddings."""
    # Lines before the last have `done: false`.
    return (body.get("done") is True and _has_text(body)) or _is_embeddings(body)


def _has_text(body: Body) -> bool:
    return "model" in body and ("message" in body or "response" in body)


def _is_embeddings(body: Body) -> bool:
    return isinstance(body.get("embeddings"), list) and "model" in body


def is_chunk(body: Body) -> bool:
    """Return whether a body is a line of a stream."""
    return isinstance(body.get("done"), bool) and _has_text(body)


def is_request(body: Body) -> bool:
    """Return whether a body asks for an answer: with a name that no other API has."""
    if "model" not in body or not ("messages" in body or "prompt" in body):
        return False
    return isinstance(body.get("options"), Mapping) or "keep_alive" in body or ("prompt" in body and "system" in body)


def read_request(body: Body) -> Prompt:
    """Return the prompt."""
    if "messages" in body:
        contents = [message.get("content") for message in objects(body["messages"], "messages")]
    else:
        contents = [body[name] for name in ("system", "prompt") if body.get(name)]
    options = an_object(body.get("options"), "options")
    settings = {
        "temperature": options.get("temperature"),
        "top_p": options.get("top_p"),
        "max_tokens": options.get("num_predict"),
    }
    tools = schemas(objects(body.get("tools"), "tools"), "parameters")
    return prompt_of(contents, settings, a_text(body.get("model"), "model"), tools)


def read_response(body: Body) -> Reply:
    """Return the reply. The last line of a stream has no text, although it counts tokens: its text is unknown."""
    if _is_embeddings(body):
        return _of_embeddings(body)
    reply = read_stream([body])
    if body.get("done_reason") in WARM_UP:
        return Reply()
    text_is_elsewhere = not reply.tool_calls and reply.llm.get("empty") and reply.llm.get("output_tokens", 0) > 1
    if not text_is_elsewhere:
        return reply
    return _answer(body, [], None).reply(**_about(body))


def read_stream(chunks: Chunks) -> Reply:
    """Return the reply that lines make up; only the last one counts tokens."""
    bodies = [an_object(chunk, f"line {at}") for at, chunk in enumerate(chunks)]
    last: Body = next((body for body in reversed(bodies) if body.get("done")), {})
    messages = [an_object(body.get("message"), f"line {at}: message") for at, body in enumerate(bodies)]
    texts = [
        text
        for body, message in zip(bodies, messages, strict=True)
        for text in content_of(message.get("content", body.get("response"))).texts
    ]
    calls = [
        _call(call, at)
        for at, message in enumerate(messages)
        for call in objects(message.get("tool_calls"), f"line {at}: message.tool_calls")
    ]
    first = bodies[0] if bodies else {}
    return _answer(last, calls, ["".join(texts)]).reply(**_about(last or first))


def _call(call: Mapping[str, Any], at: int) -> ToolCall:
    function = an_object(call.get("function"), f"line {at}: message.tool_calls.function")
    return ToolCall(str(function.get("name")), function.get("arguments"))


def _answer(last: Body, calls: list[ToolCall], texts: list[str] | None) -> Answer:
    """Return the answer. Input tokens are left out, or 0, if the prompt was cached: then they are unknown."""
    count, seconds = a_count(last.get("eval_count"), "eval_count"), _seconds(last, "eval_duration")
    prompt, load = _seconds(last, "prompt_eval_duration"), _seconds(last, "load_duration")
    return Answer(
        texts=texts,
        finish_reason=a_text(last.get("done_reason"), "done_reason"),
        usage=Usage(input=a_count(last.get("prompt_eval_count"), "prompt_eval_count") or None, output=count),
        tool_calls=calls,
        # Nothing is generated before the model is loaded and the prompt evaluated.
        first_token_seconds=None if prompt is None else prompt + (load or 0),
        output_token_seconds=seconds / count if seconds is not None and count else None,
    )


def _about(body: Body) -> dict[str, Any]:
    return {
        "model": a_text(body.get("model"), "model"),
        "time": a_text(body.get("created_at"), "created_at"),
        "latency_seconds": _seconds(body, "total_duration"),
    }


def _seconds(body: Body, name: str) -> float | None:
    nanoseconds = a_count(body.get(name), name)
    return None if nanoseconds is None else nanoseconds / NANOSECONDS


def _of_embeddings(body: Body) -> Reply:
    vectors = features_of(a_list(body["embeddings"], "embeddings"), "embeddings[{}]")
    llm = known(input_tokens=a_count(body.get("prompt_eval_count"), "prompt_eval_count") or None)
    about = _about(body)
    return Reply(features=vectors, llm=llm, model=about["model"], latency_seconds=about["latency_seconds"])


BODIES = LlmBodies(
    key="ollama",
    title="Ollama chat, generate and embed",
    is_request=is_request,
    read_request=read_request,
    names=("done", "embeddings", "messages", "prompt"),
    is_response=is_response,
    read_response=read_response,
    is_chunk=is_chunk,
    read_stream=read_stream,
)
