"""JSON schemas of the API's dataclasses."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import pytest
from inference_exporter.page.schema import schema_of, schemas_of


@dataclass
class Inner:
    """Something inside."""

    word: str


@dataclass
class Outer:
    """Something outside."""

    number: float
    maybe: bool | None
    inner: tuple[Inner, ...]
    other: Inner | None
    by_name: Mapping[str, int]
    kind: Literal["a", "b"]
    distance: float | None


def test_a_dataclass_is_an_object():
    """Each field is required and typed; numbers may be null if unknown."""
    schemas = schemas_of(Outer)
    assert set(schemas) == {"Outer", "Inner"}
    assert schemas["Inner"]["description"] == "Something inside."
    fields = schemas["Outer"]["properties"]
    assert schemas["Outer"]["required"] == list(fields)
    assert fields["number"]["type"] == fields["distance"]["type"] == ["number", "null"]
    assert fields["maybe"] == {"type": ["boolean", "null"]}
    assert fields["inner"] == {"type": "array", "items": {"$ref": "#/components/schemas/Inner"}}
    assert {"type": "null"} in fields["other"]["anyOf"]
    assert fields["by_name"] == {"type": "object", "additionalProperties": {"type": "integer"}}
    assert fields["kind"] == {"type": "string", "enum": ["a", "b"]}


def test_a_type_without_schema_is_an_error():
    """A field without a schema raises an error."""
    with pytest.raises(TypeError, match="no schema for"):
        schema_of(set)
