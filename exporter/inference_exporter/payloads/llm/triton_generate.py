"""Triton's generate extension and its stream, as its TensorRT-LLM and vLLM backends answer it."""

from collections.abc import Sequence

from .._base import Prompt, Reply
from ._base import Body, Chunks, LlmBodies
from ._parts import a_text, an_id, an_object
from ._prompt import prompt_of
from ._reply import Answer
from ._text import content_of


def is_response(body: Body) -> bool:
    """Return whether a body has an output text."""
    return isinstance(body.get("text_output"), str | list)


def is_request(body: Body) -> bool:
    """Return whether a body has an input text, and is not a response that repeats it."""
    return "text_input" in body and "text_output" not in body


def read_request(body: Body) -> Prompt:
    """Return the prompt; settings stand beside the text or in `parameters`."""
    settings = {**body, **an_object(body.get("parameters"), "parameters")}
    known = {name: settings.get(name) for name in ("temperature", "top_p", "max_tokens")}
    return prompt_of([body["text_input"]], known, a_text(body.get("model_name"), "model_name"))


def read_response(body: Body) -> Reply:
    """Return the reply; there are neither tokens nor a finish reason."""
    return _reply(body, content_of(body.get("text_output")).texts)


def _reply(body: Body, texts: Sequence[str]) -> Reply:
    return Answer(texts=texts).reply(id=an_id(body.get("id")), model=a_text(body.get("model_name"), "model_name"))


def read_stream(chunks: Chunks) -> Reply:
    """Return the reply whose pieces are the texts of the events."""
    events = [an_object(chunk, f"event {at}") for at, chunk in enumerate(chunks)]
    texts = [text for event in events for text in content_of(event.get("text_output", "")).texts]
    return _reply(events[0] if events else {}, ["".join(texts)])


BODIES = LlmBodies(
    key="triton_generate",
    title="Triton generate",
    is_request=is_request,
    read_request=read_request,
    names=("text_input", "text_output"),
    is_response=is_response,
    read_response=read_response,
    is_chunk=is_response,
    read_stream=read_stream,
    has_whole_records=True,
)
