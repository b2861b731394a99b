"""The LiteLLM proxy's generic callback: a record for each call, whatever API answered it."""

from collections.abc import Mapping
from dataclasses import replace

from ._base import Answered, Attributes, Document, Inference, PayloadFormat, Prompt, Reply
from ._llm import NOTHING_FOLLOWS, inference_of, reply_of
from .llm import LLM_BODIES
from .llm._openai import usage_of
from .llm._parts import a_count, a_setting, a_text, an_id, an_object
from .llm._reply import Answer, Usage

# A day: a longer call is a clock that was set in between.
LONGEST_SECONDS = 86400.0


def recognises(document: Document, attributes: Attributes) -> bool:
    """Return whether a record has the ids or the times of a call."""
    return "litellm_call_id" in document or ("call_type" in document and "startTime" in document)


def read(document: Document, attributes: Attributes) -> Inference:
    """Return the call. `response_time` is no latency: of a stream it is the time to the first token."""
    start, end = (a_setting(document.get(name)) for name in ("startTime", "endTime"))
    failed = document.get("status") == "failure"
    return inference_of(
        _prompt(document) or NOTHING_FOLLOWS,
        Answered() if failed else _reply(document),
        # `id` is the provider's and repeated in its response; `litellm_call_id` exists for failed calls too.
        id=an_id(document.get("id")) or an_id(document.get("litellm_call_id")),
        requested_at=start,
        latency_seconds=_between(start, end),
        code=_code(document) if failed else 200,
        model=a_text(document.get("model"), "model") or None,
        trace_id=an_id(document.get("trace_id")),
    )


def _between(start: float | None, end: float | None) -> float | None:
    known = start is not None and end is not None and 0 <= end - start < LONGEST_SECONDS
    return end - start if known and start is not None and end is not None else None


def _prompt(document: Document) -> Prompt | None:
    """Return the prompt; None if the proxy redacts messages, or writes them in another form."""
    messages = document.get("messages")
    if not isinstance(messages, list) or not all(isinstance(message, Mapping) for message in messages):
        return None
    parameters = document.get("model_parameters")
    settings = parameters if isinstance(parameters, Mapping) else {}
    read_request = LLM_BODIES["openai_chat"].read_request
    assert read_request is not None
    # Whatever the provider, LiteLLM logs messages in OpenAI's form.
    return read_request({**settings, "messages": messages, "model": None})


def _reply(document: Document) -> Reply:
    """Return the reply, with what the record adds to the response."""
    response = document.get("response")
    reply = (reply_of(response) if isinstance(response, Mapping) else None) or Answer().reply()
    # Providers' own usage is more exact: it tells cached tokens apart.
    tokens = _tokens(document) if "input_tokens" not in reply.llm else {}
    reported = {"cost": a_count(document.get("response_cost"), "response_cost"), **_first_token(document)}
    features = [{**tokens, **row} for row in reply.features]
    known = {name: value for name, value in reported.items() if value is not None}
    return replace(reply, features=features, llm={**reply.llm, **tokens, **known})


def _tokens(document: Document) -> dict[str, float]:
    """Return the tokens of the record, of which 0 means unknown."""
    metadata = an_object(document.get("metadata"), "metadata")
    usage = usage_of({"usage": metadata.get("usage_object")}) if metadata.get("usage_object") else Usage()
    given = {
        # `or`, since 0 is what LiteLLM writes for unknown.
        "input_tokens": usage.input or a_count(document.get("prompt_tokens"), "prompt_tokens"),
        "output_tokens": usage.output or a_count(document.get("completion_tokens"), "completion_tokens"),
    }
    return {name: value for name, value in given.items() if value}


def _first_token(document: Document) -> dict[str, float | None]:
    """Return the time to the first token of a stream."""
    start, first = (a_setting(document.get(name)) for name in ("startTime", "completionStartTime"))
    return {"time_to_first_token_seconds": _between(start, first) if document.get("stream") is True else None}


def _code(document: Document) -> int:
    """Return the status of a failed call: the one in the error, else 500."""
    error = document.get("error_information")
    reported = error.get("error_code") if isinstance(error, Mapping) else None
    number = int(reported) if isinstance(reported, str) and reported.isdecimal() and len(reported) == 3 else reported
    return number if isinstance(number, int) and 400 <= number <= 599 else 500


FORMAT = PayloadFormat(
    "litellm", "LiteLLM proxy's generic callback", recognises, read, names=("litellm_call_id", "call_type")
)
