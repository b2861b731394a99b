"""Bodies of language models, as halves of an inference or alone."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..samples.records import EVENT_STREAM
from ..values.event_stream import documents_of
from ..values.faults import Fault
from ._base import Answered, Attributes, Document, Inference, PayloadFormat, Prompt, Reply, Requested, UnreadablePayload
from ._candidates import ByNames
from .llm import LLM_BODIES
from .llm._base import LlmBodies

BODIES = ByNames(LLM_BODIES.values(), lambda bodies: bodies.names)
CHUNKS_THAT_TELL = 8
OF_SAMPLES = ("features", "prediction", "scores")
"""Fields of our samples, which may have others that bodies have too."""
PART_OF_A_STREAM = Inference()
"""A chunk that came alone: it gives no sample, because the last one has the tokens."""
NOTHING_FOLLOWS = Requested(())
"""The request of a response that came alone: no other half will come."""


def prompt_of(body: Any) -> Prompt | None:
    """Return the prompt that the body of a request is; None if it is none of a language model."""
    if not isinstance(body, Mapping):
        return None
    bodies = next((each for each in BODIES.asked(body) if each.read_request and each.is_request(body)), None)
    return bodies.read_request(body) if bodies and bodies.read_request else None


def reply_of(body: Any) -> Reply | None:
    """Return the reply that a response is: an object, a stream as text, or a list of chunks; None if it is neither."""
    if isinstance(body, Mapping) and EVENT_STREAM not in body:
        bodies = next((each for each in BODIES.asked(body) if each.is_response(body)), None)
        return bodies.read_response(body) if bodies else None
    # A proxy that records streams gives their text; a logger may have parsed the chunks into a list already.
    chunks = chunks_of(body)
    bodies = api_of(chunks)
    return _of_stream(bodies, chunks) if bodies else None


def _of_stream(bodies: LlmBodies, chunks: Sequence[Any]) -> Reply:
    """Return the reply of a stream; an error in it is one, although the status was 200 when it began."""
    assert bodies.read_stream is not None
    reply = bodies.read_stream(chunks)
    failure = next((each for each in map(failure_of, chunks) if each), None)
    if failure is None:
        return reply
    # What came before the error does not count as an answer, so neither as an empty one nor as a refusal.
    known = {name: value for name, value in reply.llm.items() if name not in ("empty", "refused")}
    return replace(reply, code=failure.code, llm={**known, "finish_reason": "error"})


def chunks_of(body: Any) -> Sequence[Any]:
    """Return the chunks of a stream: those of a record, a list, or text; empty if a body is no stream.

    Raises
    ------
    UnreadablePayload
        If the data of an event is not JSON.
    """
    if isinstance(body, Mapping):
        body = body.get(EVENT_STREAM)
    if isinstance(body, list):
        return body
    try:
        return documents_of(body) if isinstance(body, str) else ()
    except Fault as fault:
        raise UnreadablePayload(str(fault)) from fault


def api_of(chunks: Sequence[Any]) -> LlmBodies | None:
    """Return the API whose chunks these are."""
    # The first chunk may say nothing of an answer, such as that of Azure's content filter.
    for chunk in chunks[:CHUNKS_THAT_TELL]:
        if isinstance(chunk, Mapping):
            api = next((each for each in BODIES.asked(chunk) if each.read_stream and each.is_chunk(chunk)), None)
            if api is not None:
                return api
    return None


def inference_of(requested: Requested | None, answered: Answered | None, **about: Any) -> Inference:
    """Return an inference completed by its reply; what stands beside the reply takes precedence."""
    reported: dict[str, Any] = {}
    if isinstance(answered, Reply):
        reported = {
            "id": answered.id, "model": answered.model, "answered_at": answered.time, "code": answered.code,
            "latency_seconds": answered.latency_seconds,
        }  # fmt: skip
    # An empty value beside the reply must not replace what the reply says.
    reported.update((name, value) for name, value in about.items() if value not in (None, {}))
    return Inference(requested=requested, answered=answered, **reported)


def failure_of(body: Any) -> Reply | None:
    """Return the reply for an error; None if a body is not an error."""
    error = body.get("error") if isinstance(body, Mapping) else None
    if not error:
        return None
    reported = error.get("code", error.get("status_code")) if isinstance(error, Mapping) else None
    # Providers use the field for codes of their own too, such as "rate_limit_exceeded".
    return Reply(code=reported if isinstance(reported, int) and 400 <= reported <= 599 else 500)


def _format_of(bodies: LlmBodies) -> PayloadFormat:
    def recognises(document: Document, attributes: Attributes) -> bool:
        if EVENT_STREAM in document:
            return api_of(chunks_of(document)) is bodies
        # Our own samples may have a field `messages` or `input` as well.
        if any(name in document for name in OF_SAMPLES):
            return False
        return any(is_one(document) for is_one in (bodies.is_response, bodies.is_request, bodies.is_chunk))

    def read(document: Document, attributes: Attributes) -> Inference:
        if EVENT_STREAM in document and bodies.read_stream:
            return inference_of(NOTHING_FOLLOWS, _of_stream(bodies, chunks_of(document)))
        if bodies.is_response(document):
            return inference_of(NOTHING_FOLLOWS, bodies.read_response(document))
        if bodies.read_request and bodies.is_request(document):
            return inference_of(bodies.read_request(document), None)
        return PART_OF_A_STREAM

    names = (*bodies.names, EVENT_STREAM) if bodies.names else ()
    return PayloadFormat(bodies.key, bodies.title, recognises, read, names=names)


FORMATS = {key: _format_of(bodies) for key, bodies in LLM_BODIES.items()}
"""Each API's bodies alone, as a payload."""
