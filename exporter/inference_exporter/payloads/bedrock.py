"""Amazon Bedrock's log of model invocations, as it comes from S3 or CloudWatch."""

from typing import Any

from ._base import Answered, Attributes, Document, Inference, PayloadFormat, Prompt, Reply
from ._llm import NOTHING_FOLLOWS, failure_of, inference_of, prompt_of, reply_of
from ._parts import json_of, object_of, text_or_none
from .llm._parts import a_count
from .llm._reply import Answer, Usage


def recognises(document: Document, attributes: Attributes) -> bool:
    """Return whether a record is one of the log."""
    return document.get("schemaType") == "ModelInvocationLog" or ("modelId" in document and "operation" in document)


def read(document: Document, attributes: Attributes) -> Inference:
    """Return the call. Bodies beyond 100 KB are elsewhere in S3; tokens are here all the same."""
    given, answer = (object_of(document.get(name) or {}, name) for name in ("input", "output"))
    model = text_or_none(document.get("modelId"))
    failed = document.get("errorCode") is not None
    return inference_of(
        _prompt(given.get("inputBodyJson")) or NOTHING_FOLLOWS,
        Answered() if failed else _reply(given, answer),
        id=text_or_none(document.get("requestId")),
        requested_at=document.get("timestamp"),
        code=_code(document) if failed else 200,
        # Profiles are addresses: the last part names the model.
        model=model and model.rpartition("/")[2],
    )


def _prompt(body: Any) -> Prompt | None:
    return prompt_of(json_of(body, "input.inputBodyJson"))


def _reply(given: Document, answer: Document) -> Reply:
    """Return the reply of the body, which depends on the model; its tokens if the body is unknown."""
    body = json_of(answer.get("outputBodyJson"), "output.outputBodyJson")
    # The answer of InvokeModelWithResponseStream is the list of its chunks.
    found = reply_of(body) or failure_of(body)
    if found is not None:
        return found
    usage = Usage(
        input=a_count(given.get("inputTokenCount"), "input.inputTokenCount"),
        output=a_count(answer.get("outputTokenCount"), "output.outputTokenCount"),
    )
    return Answer(usage=usage).reply()


def _code(document: Document) -> int:
    """Return the status of an error by its name."""
    name = str(document.get("errorCode"))
    if "Throttling" in name or "Quota" in name:
        return 429
    return 400 if "Validation" in name or "AccessDenied" in name else 500


FORMAT = PayloadFormat("bedrock", "Amazon Bedrock's invocation log", recognises, read, names=("modelId",))
