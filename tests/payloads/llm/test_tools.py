"""Arguments of tool calls: JSON that parses, and a schema that fits, checked in bounded time."""

import time

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.payloads._base import ToolCall
from inference_exporter.payloads.llm._tools import STEPS_AT_MOST, checked, validity_of

SCHEMA = {
    "type": "object",
    "properties": {
        "city": {"type": "string", "minLength": 2, "enum": ["Lima", "Oslo"]},
        "days": {"type": "integer", "minimum": 1, "maximum": 7},
        "units": {"type": ["string", "null"]},
        "stops": {"type": "array", "items": {"type": "object", "required": ["id"]}, "maxItems": 2},
        "how": {"anyOf": [{"const": "fast"}, {"type": "number"}]},
    },
    "required": ["city"],
    "additionalProperties": False,
}


def validity(arguments, schema=SCHEMA, name="trip"):
    return validity_of(ToolCall(name, arguments), {"trip": schema}).removesuffix("_tool_calls")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ('{"city": "Lima", "days": 3}', "valid"),
        ({"city": "Lima", "units": None, "how": 1.5, "stops": [{"id": 1}]}, "valid"),
        ('{"city": "Lima", "days": 3.0}', "valid"),
        ("", "wrong_schema"),
        ('{"city": "Rome"}', "wrong_schema"),
        ('{"city": "Lima", "days": true}', "wrong_schema"),
        ('{"city": "Lima", "days": 8}', "wrong_schema"),
        ('{"city": "Lima", "mood": "good"}', "wrong_schema"),
        ('{"city": "Lima", "stops": [{}]}', "wrong_schema"),
        ('{"city": "Lima", "stops": [{"id": 1}, {"id": 2}, {"id": 3}]}', "wrong_schema"),
        ('{"city": "Lima", "how": "slow"}', "wrong_schema"),
        ('{"city": "Li', "not_json"),
        ("[1]", "not_json"),
        (None, "not_json"),
    ],
)
def test_validity(arguments, expected):
    """Each keyword that schemas of tools use is checked."""
    assert validity(arguments) == expected


def test_what_the_request_does_not_declare():
    """Without tools there is no schema to compare with; with others, the call is of none of them."""
    assert validity("{}", name="other") == "undeclared"
    assert validity_of(ToolCall("trip", "{}"), {}) == "unchecked_tool_calls"
    assert validity_of(ToolCall("trip", "{}"), {"trip": None}) == "valid_tool_calls"
    assert checked([ToolCall("trip", "{}"), ToolCall("trip", "{")] * 2, {}) == {
        "unchecked_tool_calls": 2.0, "not_json_tool_calls": 2.0,
    }  # fmt: skip


def test_a_schema_that_explodes_is_given_up():
    """A schema whose branches multiply costs a bounded number of steps."""
    schema = {"type": "object"}
    for _ in range(40):
        schema = {"allOf": [schema, schema]}
    started = time.process_time()
    assert validity({}, schema) == "unchecked"
    assert STEPS_AT_MOST <= 100_000
    assert time.process_time() - started < 10


def test_a_deep_schema_is_given_up():
    """A schema nested deeper than the interpreter's stack is not checked."""
    schema = {"type": "object"}
    for _ in range(5000):
        schema = {"not": 1, "allOf": [schema]}
    assert validity({}, schema) == "unchecked"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "a", "bc"]) | st.sampled_from([0.5, 2.0]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xy"), inner, max_size=2),
    max_leaves=5,
)
SCHEMAS = st.recursive(
    st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(["object", "array", "string", "number", "integer", "boolean", "null"]),
            "enum": st.lists(VALUES, min_size=1, max_size=3),
            "minimum": st.integers(-2, 2),
            "maxLength": st.integers(0, 2),
            "minItems": st.integers(0, 2),
            "required": st.lists(st.sampled_from("xy"), max_size=2, unique=True),
        },
    ),
    lambda inner: st.fixed_dictionaries(
        {},
        optional={
            "properties": st.dictionaries(st.sampled_from("xy"), inner, max_size=2),
            "additionalProperties": st.booleans() | inner,
            "items": inner,
            "anyOf": st.lists(inner, min_size=1, max_size=2),
            "oneOf": st.lists(inner, min_size=1, max_size=2),
            "allOf": st.lists(inner, min_size=1, max_size=2),
        },
    ),
    max_leaves=4,
)


@given(schema=SCHEMAS, value=st.dictionaries(st.sampled_from("xy"), VALUES, max_size=2))
def test_agrees_with_jsonschema(schema, value):
    """For the keywords that it reads, the check agrees with the specification's own library."""
    expected = jsonschema.Draft202012Validator(schema).is_valid(value)
    assert (validity(value, schema) == "valid") == expected
