"""Checks the arguments of tool calls: whether they are JSON, and fit the schema that the request declares.

The check reads the keywords that schemas of tools use. It ignores others, such
as patterns and references: a library would follow them, and neither the time of
a regular expression nor that of nested references is bounded.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from .._base import ToolCall

VALID, UNCHECKED, NOT_JSON, NOT_SCHEMA, UNDECLARED = (
    "valid_tool_calls", "unchecked_tool_calls", "not_json_tool_calls", "wrong_schema_tool_calls",
    "undeclared_tool_calls",
)  # fmt: skip
# Some milliseconds; schemas with oneOf inside oneOf grow exponentially with their depth.
STEPS_AT_MOST = 20_000
LONGEST_ARGUMENTS = 1 << 20  # longer ones are not read
TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,), "array": (list,), "string": (str,), "boolean": (bool,), "null": (type(None),),
    "number": (int, float), "integer": (int,),
}  # fmt: skip


class OutOfSteps(Exception):
    """The check takes longer than it may."""


def checked(calls: Sequence[ToolCall], tools: Mapping[str, Any]) -> dict[str, float]:
    """Return the number of calls by validity."""
    counts: dict[str, float] = {}
    for call in calls:
        validity = validity_of(call, tools)
        counts[validity] = counts.get(validity, 0.0) + 1
    return counts


def validity_of(call: ToolCall, tools: Mapping[str, Any]) -> str:
    """Return the validity of a call."""
    arguments = call.arguments
    if isinstance(arguments, str):
        if len(arguments) > LONGEST_ARGUMENTS:
            return UNCHECKED
        try:
            # Models write nothing at all for a function without parameters.
            arguments = orjson.loads(arguments.strip() or "{}")
        except orjson.JSONDecodeError:
            return NOT_JSON
    if not isinstance(arguments, Mapping):
        return NOT_JSON
    if not tools:
        return UNCHECKED
    if call.name not in tools:
        return UNDECLARED
    try:
        return VALID if _Check().fits(arguments, tools[call.name]) else NOT_SCHEMA
    except (OutOfSteps, RecursionError):
        return UNCHECKED


class _Check:
    """One check, bounded in steps."""

    def __init__(self) -> None:
        self._left = STEPS_AT_MOST

    def fits(self, value: Any, schema: Any) -> bool:
        """Return whether a value fits a schema."""
        self._left -= 1
        if self._left < 0:
            raise OutOfSteps
        if not isinstance(schema, Mapping):
            # JSON Schema: `true` allows everything, `false` nothing. The call does not answer for a broken schema.
            return schema is not False
        return (
            _is_of_type(value, schema.get("type"))
            and _is_allowed(value, schema)
            and _is_in_range(value, schema)
            and self._fits_parts(value, schema)
            and self._fits_others(value, schema)
        )

    def _fits_parts(self, value: Any, schema: Mapping[str, Any]) -> bool:
        if isinstance(value, dict):
            return self._fits_object(value, schema)
        items = schema.get("items")
        if isinstance(value, list) and isinstance(items, Mapping):
            return all(self.fits(item, items) for item in value)
        return True

    def _fits_object(self, value: Mapping[str, Any], schema: Mapping[str, Any]) -> bool:
        required, inner = schema.get("required"), schema.get("properties")
        if isinstance(required, list) and any(isinstance(name, str) and name not in value for name in required):
            return False
        inner = inner if isinstance(inner, Mapping) else {}
        others = schema.get("additionalProperties", True)
        return all(self.fits(item, inner.get(name, others)) for name, item in value.items())

    def _fits_others(self, value: Any, schema: Mapping[str, Any]) -> bool:
        every, some, one = (schema.get(name) for name in ("allOf", "anyOf", "oneOf"))
        if isinstance(every, list) and not all(self.fits(value, each) for each in every):
            return False
        if isinstance(some, list) and not any(self.fits(value, each) for each in some):
            return False
        return not isinstance(one, list) or sum(self.fits(value, each) for each in one) == 1


def _is_of_type(value: Any, wanted: Any) -> bool:
    names = wanted if isinstance(wanted, list) else [wanted]
    # Gemini writes the names in capitals.
    kinds = [TYPES[name.lower()] for name in names if isinstance(name, str) and name.lower() in TYPES]
    if not kinds:
        return True
    # 1.0 is an integer in JSON Schema, and a bool is not, although Python says otherwise.
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return any(isinstance(value, kind) and (bool in kind or not isinstance(value, bool)) for kind in kinds)


def _is_allowed(value: Any, schema: Mapping[str, Any]) -> bool:
    allowed = schema.get("enum")
    if isinstance(allowed, list) and not any(_same(value, each) for each in allowed):
        return False
    return "const" not in schema or _same(value, schema["const"])


def _same(one: Any, other: Any) -> bool:
    # Python has True == 1.
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def _is_in_range(value: Any, schema: Mapping[str, Any]) -> bool:
    measures = (
        (value if isinstance(value, int | float) and not isinstance(value, bool) else None, "minimum", "maximum"),
        (len(value) if isinstance(value, str) else None, "minLength", "maxLength"),
        (len(value) if isinstance(value, list) else None, "minItems", "maxItems"),
    )
    return all(
        measure is None or (_number(schema.get(low), measure) <= measure <= _number(schema.get(high), measure))
        for measure, low, high in measures
    )


def _number(bound: Any, otherwise: float) -> float:
    return bound if isinstance(bound, int | float) and not isinstance(bound, bool) else otherwise
