"""OpenAI embeddings: a sample for each vector, with a few numbers of it; the vector is not kept."""

from collections.abc import Mapping, Sequence
from typing import Any

from .._base import Prompt, Reply, UnreadablePayload
from ._base import Body, LlmBodies
from ._openai import about, usage_of
from ._parts import a_text, known, objects
from ._reply import Answer
from ._text import text_features
from ._vector import features_of

# OpenAI allows 2,048 inputs in a request; compatible servers allow more.
INPUTS_AT_MOST = 10_000


def is_response(body: Body) -> bool:
    """Return whether a body has embeddings."""
    data = body.get("data")
    return isinstance(data, list) and bool(data) and isinstance(data[0], Mapping) and "embedding" in data[0]


def is_request(body: Body) -> bool:
    """Return whether a body asks for embeddings: an input, and none of the names of the Responses API."""
    others = ("instructions", "max_output_tokens", "previous_response_id", "reasoning", "store", "tools", "stream")
    return "input" in body and "model" in body and not any(name in body for name in others)


def read_request(body: Body) -> Prompt:
    """Return a row for each input; of tokens, the length in characters is unknown."""
    given = body["input"]
    inputs: Sequence[Any] = given if isinstance(given, list) and not _are_tokens(given) else [given]
    if len(inputs) > INPUTS_AT_MOST:
        raise UnreadablePayload(f"input: expected at most {INPUTS_AT_MOST} texts, got {len(inputs)}")
    rows = [text_features("prompt", [each]) if isinstance(each, str) else {} for each in inputs]
    return Prompt(rows, model=a_text(body.get("model"), "model"))


def _are_tokens(values: Sequence[Any]) -> bool:
    return bool(values) and isinstance(values[0], int)


def read_response(body: Body) -> Reply:
    """Return a row for each embedding, in the order of the inputs, given by `index`."""
    data = objects(body.get("data"), "data")
    if len(data) > INPUTS_AT_MOST:
        raise UnreadablePayload(f"data: expected at most {INPUTS_AT_MOST} embeddings, got {len(data)}")
    places = [each.get("index") for each in data]
    # Only a complete set of places is trusted; otherwise the order of the list counts.
    if sorted(map(str, places)) == sorted(map(str, range(len(data)))):
        data = sorted(data, key=lambda each: int(each["index"]))
    vectors = features_of([each.get("embedding") for each in data], "data[{}].embedding")
    reported = Answer(usage=usage_of(body)).reply(**about(body))
    # Tokens are of the whole request: they are a feature of a row only if there is just one.
    first: Mapping[str, Any] = known(input_tokens=reported.llm.get("input_tokens")) if len(data) == 1 else {}
    return Reply(
        features=[{**vector, **first} for vector in vectors],
        llm=reported.llm,
        id=reported.id,
        model=reported.model,
        time=reported.time,
    )


BODIES = LlmBodies(
    key="openai_embeddings",
    title="OpenAI embeddings",
    is_request=is_request,
    read_request=read_request,
    names=("data", "input"),
    is_response=is_response,
    read_response=read_response,
)
