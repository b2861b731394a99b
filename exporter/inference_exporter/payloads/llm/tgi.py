"""Text Generation Inference: generate and its stream, and pipelines of text generation that answer alike."""

from collections.abc import Mapping

from .._base import Prompt, Reply, UnreadablePayload
from ._base import Body, Chunks, LlmBodies
from ._parts import a_count, a_list, a_text, an_object, kind_of
from ._prompt import prompt_of
from ._reply import Answer, Usage


def is_response(body: Body) -> bool:
    """Return whether a body has a generated text, and is no chunk of a stream."""
    return isinstance(body.get("generated_text"), str) and "token" not in body


def is_chunk(body: Body) -> bool:
    """Return whether a body is an event of a stream: a token."""
    # Each event repeats `generated_text`, null until the last.
    return isinstance(body.get("token"), Mapping) and "generated_text" in body


def is_request(body: Body) -> bool:
    """Return whether a body asks for text: `inputs` is a text, where other APIs have tensors or columns."""
    return isinstance(body.get("inputs"), str)


def read_request(body: Body) -> Prompt:
    """Return the prompt."""
    parameters = an_object(body.get("parameters"), "parameters")
    settings = {
        "temperature": parameters.get("temperature"),
        "top_p": parameters.get("top_p"),
        "max_tokens": parameters.get("max_new_tokens"),
    }
    return prompt_of([body["inputs"]], settings, a_text(body.get("model"), "model"))


def read_response(body: Body) -> Reply:
    """Return the reply; it has tokens and the finish reason only if the request asked for details."""
    text = body.get("generated_text")
    if not isinstance(text, str):
        raise UnreadablePayload(f"generated_text: expected text, got {kind_of(text)}")
    return _answer(text, an_object(body.get("details"), "details")).reply(model=a_text(body.get("model"), "model"))


def _answer(text: str | None, details: Body) -> Answer:
    prefill = a_list(details.get("prefill"), "details.prefill")
    length = a_count(details.get("input_length"), "details.input_length")
    return Answer(
        texts=None if text is None else [text],
        finish_reason=a_text(details.get("finish_reason"), "details.finish_reason"),
        usage=Usage(
            # Older versions list the tokens of the prompt instead of their number;
            # an empty list means they were not asked for.
            input=length if length is not None else (float(len(prefill)) or None),
            output=a_count(details.get("generated_tokens"), "details.generated_tokens"),
        ),
    )


def read_stream(chunks: Chunks) -> Reply:
    """Return the reply of the last event, which has the whole text; that of a stream which was cut has its tokens."""
    events = [an_object(chunk, f"event {at}") for at, chunk in enumerate(chunks)]
    last = next((event for event in reversed(events) if isinstance(event.get("generated_text"), str)), None)
    if last is not None:
        return _answer(last["generated_text"], an_object(last.get("details"), "details")).reply()
    tokens = [an_object(event.get("token"), f"event {at}: token") for at, event in enumerate(events)]
    # Special tokens such as the end of the sequence are not part of the text.
    texts = [str(token.get("text", "")) for token in tokens if not token.get("special")]
    return _answer("".join(texts), {}).reply()


BODIES = LlmBodies(
    key="tgi",
    title="Text Generation Inference",
    is_request=is_request,
    read_request=read_request,
    names=("generated_text", "inputs"),
    is_response=is_response,
    read_response=read_response,
    is_chunk=is_chunk,
    read_stream=read_stream,
)
