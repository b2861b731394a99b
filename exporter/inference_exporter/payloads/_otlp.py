"""Attributes of OpenTelemetry spans about calls of language models, under all the names that they have had.

Names are those of the GenAI conventions (old ones too), OpenLLMetry, OpenInference, MLflow and vLLM.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from .llm._parts import a_list, an_object

OPERATION, KIND = "gen_ai.operation.name", "openinference.span.kind"
OPERATIONS = ("chat", "text_completion", "generate_content", "embeddings", "completion", "embedding", "rerank")
KINDS = ("LLM", "EMBEDDING", "CHAT_MODEL")
# For spans that name neither operation nor kind.
TELLING = ("gen_ai.response.model", "gen_ai.request.model", "llm.model_name", "gen_ai.usage.output_tokens",
           "gen_ai.usage.completion_tokens", "gen_ai.latency.e2e")  # fmt: skip
# Values nest; a sender could exhaust Python's stack.
DEPTH_AT_MOST = 20
EVENTS_AT_MOST = 100
# Five digits bound the number that a sender makes us read.
_PLACE = re.compile(r"\.(\d{1,5})\.")


def attributes_of(value: Any) -> dict[str, Any]:
    """Return attributes by name."""
    pairs = (an_object(each, f"attributes[{at}]") for at, each in enumerate(a_list(value, "attributes")))
    return {str(each.get("key")): _value_of(each.get("value"), 0) for each in pairs}


def _value_of(value: Any, depth: int) -> Any:
    """Return the value of an attribute. Whole numbers may be texts, because they have 64 bits."""
    if not isinstance(value, Mapping) or depth > DEPTH_AT_MOST:
        return None
    if "intValue" in value:
        try:
            return int(value["intValue"])
        except (TypeError, ValueError, OverflowError):
            return None
    # An attribute has exactly one of these, which may be an empty text or false.
    for name in ("stringValue", "boolValue", "doubleValue"):
        if name in value:
            return value[name]
    inner = value.get("arrayValue", value.get("kvlistValue"))
    items = inner.get("values") if isinstance(inner, Mapping) else None
    if not isinstance(items, list):
        return None
    if "arrayValue" in value:
        return [_value_of(item, depth + 1) for item in items]
    pairs = [item for item in items if isinstance(item, Mapping)]
    return {str(item.get("key")): _value_of(item.get("value"), depth + 1) for item in pairs}


def attributes_of_span(span: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes of a span, and those of its events, where instrumentations wrote prompts for a while."""
    found = attributes_of(span.get("attributes"))
    events = span.get("events")
    for event in events[:EVENTS_AT_MOST] if isinstance(events, list) else ():
        if isinstance(event, Mapping) and str(event.get("name", "")).startswith("gen_ai."):
            found = {**attributes_of(event.get("attributes")), **found}
    return found


def is_of_model(attributes: Mapping[str, Any]) -> bool:
    """Return whether a span is one call of a language model; agents and workflows repeat the sums of their calls."""
    operation = attributes.get(OPERATION, attributes.get("llm.request.type"))
    if operation is not None:
        return operation in OPERATIONS
    kind = attributes.get(KIND, attributes.get("mlflow.spanType"))
    if kind is not None:
        return str(kind).strip('"') in KINDS  # MLflow writes attributes as JSON
    return any(name in attributes for name in TELLING)


def first_of(attributes: Mapping[str, Any], *names: str) -> Any:
    """Return the first attribute that is there."""
    return next((attributes[name] for name in names if attributes.get(name) is not None), None)


def messages_of(attributes: Mapping[str, Any], names: Sequence[str], prefixes: Sequence[str]) -> list[Any] | None:
    """Return messages: an attribute that is a list or its JSON, or an attribute for each part; None if unknown.

    Exporters cut long texts, also in the middle of JSON: such messages are unknown.
    """
    for name in names:
        value = attributes.get(name)
        if isinstance(value, str):
            try:
                value = orjson.loads(value)
            except orjson.JSONDecodeError:
                return None
        if isinstance(value, list):
            return value
    for prefix in prefixes:
        found = list(_numbered(attributes, prefix))
        if found:
            return found
    return None


def _numbered(attributes: Mapping[str, Any], prefix: str) -> Iterator[dict[str, Any]]:
    """Yield messages whose parts are attributes such as `PREFIX.0.message.content`."""
    messages: dict[int, dict[str, Any]] = {}
    for name, value in attributes.items():
        if not name.startswith(prefix):
            continue
        match = _PLACE.match(name, len(prefix))
        if match is None:
            continue
        rest = name[match.end() :].removeprefix("message.")
        messages.setdefault(int(match[1]), {})[rest] = value
    yield from (message for _, message in sorted(messages.items()))
