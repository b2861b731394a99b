"""Files of OpenAI's Batch API, and of others that copy it: a line for each request or each response."""

from typing import Any

from ._base import Answered, Attributes, Document, Inference, PayloadFormat, UnreadablePayload
from ._llm import inference_of, prompt_of, reply_of
from ._parts import code_of, object_of, text_or_none


def recognises(document: Document, attributes: Attributes) -> bool:
    """Return whether a line has the id that its sender gave it, beside a request or a response."""
    return "custom_id" in document and ("body" in document or "response" in document or "error" in document)


def read(document: Document, attributes: Attributes) -> Inference:
    """Return the half that a line is. A batch takes hours, so its times say nothing about latency."""
    id = text_or_none(document["custom_id"])
    if "body" in document:
        requested = prompt_of(document["body"])
        if requested is None:
            raise UnreadablePayload("body: expected a request of a language model")
        return inference_of(requested, None, id=id)
    if document.get("response") is None:
        return inference_of(None, Answered(), id=id, code=500)
    response = object_of(document["response"], "response")
    code = code_of(response.get("status_code"))
    failed = code is not None and code >= 400
    answered: Any = Answered() if failed else reply_of(response.get("body"))
    if answered is None:
        raise UnreadablePayload("response.body: expected a response of a language model")
    return inference_of(None, answered, id=id, code=code)


FORMAT = PayloadFormat("openai_batch", "Files of OpenAI's Batch API", recognises, read, names=("custom_id",))
