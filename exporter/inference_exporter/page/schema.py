"""JSON schemas derived from the dataclasses of the API's answers, so that description and answers agree."""

import types
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

Schema = dict[str, Any]
_PLAIN: Mapping[Any, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    float: {"type": ["number", "null"], "description": "null if unknown"},
    types.NoneType: {"type": "null"},
}


def schema_of(kind: Any) -> Schema:
    """Return the schema of a type; dataclasses are referenced by name.

    Raises
    ------
    TypeError
        If it is a type that the API's answers do not use.
    """
    if kind in _PLAIN:
        return dict(_PLAIN[kind])  # a copy: callers add to it
    if is_dataclass(kind):
        return reference_to(kind)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Literal:
        return {"type": "string", "enum": list(arguments)}
    if origin in (Union, types.UnionType):
        return _any_of([schema_of(argument) for argument in arguments])
    if origin in (tuple, list, Sequence):
        return {"type": "array", "items": schema_of(arguments[0])}
    if origin in (dict, Mapping):
        return {"type": "object", "additionalProperties": schema_of(arguments[1])}
    raise TypeError(f"no schema for {kind!r}")


def reference_to(kind: Any) -> Schema:
    """Return a reference to the schema of a dataclass."""
    return {"$ref": f"#/components/schemas/{kind.__name__}"}


def _any_of(choices: Sequence[Schema]) -> Schema:
    null = {"type": "null"}
    others = [choice for choice in choices if choice != null]
    # OpenAPI 3.1 follows JSON Schema: "or null" is a second type, no longer `nullable`.
    if len(others) == 1 and isinstance(others[0].get("type"), str):
        return {**others[0], "type": [others[0]["type"], "null"]}
    if len(others) == 1 and isinstance(others[0].get("type"), list):
        return others[0]
    return {"anyOf": list(choices)}


@cache
def schemas_of(*kinds: Any) -> dict[str, Schema]:
    """Return the schemas of dataclasses, and of all dataclasses in their fields, by name."""
    found: dict[str, Schema] = {}
    waiting = list(kinds)
    while waiting:
        kind = waiting.pop()
        # Dataclasses refer to each other; each is described once.
        if kind.__name__ in found:
            continue
        hints = get_type_hints(kind)
        found[kind.__name__] = {
            "type": "object",
            "description": (kind.__doc__ or "").strip(),
            "properties": {field.name: schema_of(hints[field.name]) for field in fields(kind)},
            "required": [field.name for field in fields(kind)],
        }
        waiting += [held for field in fields(kind) for held in _dataclasses_in(hints[field.name])]
    return found


def _dataclasses_in(kind: Any) -> list[Any]:
    if is_dataclass(kind):
        return [kind]
    return [held for argument in get_args(kind) for held in _dataclasses_in(argument)]
