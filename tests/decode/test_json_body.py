"""JSON bodies: one object, an array, columns, and NDJSON sent as JSON."""

import json

import pytest
from inference_exporter.decode.json_body import read_body
from inference_exporter.errors import DecodeError
from inference_exporter.samples.records import Columns, Rows


def read(body):
    return list(read_body(iter([body])))


def test_one_object_is_one_record():
    """An object is one record."""
    (rows,) = read(b'{"a": 1}')
    assert (rows.values, list(rows.indices)) == ([{"a": 1}], [0])


def test_an_array_is_its_items():
    """Each item of an array is a record; later rules reject items that are not objects."""
    (rows,) = read(b'[{"a": 1}, 5]')
    assert (rows.values, list(rows.indices)) == ([{"a": 1}, 5], [0, 1])
    (empty,) = read(b"[]")
    assert list(empty.values) == []


def test_columns_come_with_what_they_share():
    """Columns by field, with shared values next to them."""
    (columns,) = read(b'{"columns": {"x": [1, 2]}, "model": "m"}')
    assert isinstance(columns, Columns)
    assert ({name: list(column) for name, column in columns.fields.items()}, columns.shared) == (
        {"x": [1, 2]}, {"model": "m"},
    )  # fmt: skip


def test_a_record_with_a_field_named_columns_is_a_record():
    """A field named `columns` means columns only if it is an object."""
    (rows,) = read(b'{"columns": 3}')
    assert isinstance(rows, Rows)


def test_lines_sent_as_json_are_read_as_lines():
    """NDJSON with the content type of JSON is common, and is read."""
    blocks = read(b'{"a": 1}\n{"a": 2}\nnonsense\n')
    assert [value for rows in blocks for value in rows.values] == [{"a": 1}, {"a": 2}]
    assert [item.index for rows in blocks for item in rows.rejected] == [2]


def test_a_body_with_line_breaks_inside_is_json():
    """Pretty-printed JSON is read."""
    (rows,) = read(json.dumps([{"a": 1}, {"a": 2}], indent=2).encode())
    assert len(rows.values) == 2


@pytest.mark.parametrize("body", [b"", b"nonsense", b'{"a": 1', b"\x00\x01"])
def test_what_is_no_json_is_refused(body):
    """A single line that is not JSON is refused."""
    with pytest.raises(DecodeError, match="expected JSON"):
        read(body)


def test_blanks_before_a_record_are_not_kept():
    """A body of blanks, however long, is left out piece by piece; what follows is read."""
    blanks = (b" \n" * 50_000 for _ in range(30))
    [rows] = read_body([*blanks, b'{"features": {"a": 1}}'])
    assert list(rows.values) == [{"features": {"a": 1}}]
    with pytest.raises(DecodeError, match="expected JSON"):
        list(read_body([b" " * 100_000] * 30))


@pytest.mark.parametrize(
    "body",
    [b'{"a": 1}{"a": 2}', b'{"a": 1} {"a": 2}', b'{\n "a": 1\n}\n{\n "a": 2\n}\n', b'\x1e{"a": 1}\n\x1e{"a": 2}\n'],
    ids=["nothing", "blank", "indented", "record separators"],
)
def test_documents_one_after_another_are_records(body):
    """Documents need no lines, and nothing between them."""
    assert [value for rows in read_body([body]) for value in rows.values] == [{"a": 1}, {"a": 2}]


def test_what_breaks_off_costs_only_itself():
    """Documents before one that is cut are kept, and what is cut is one rejection."""
    blocks = list(read_body([b'{"a": 1}{"a": 2}{"a":']))
    assert [value for rows in blocks for value in rows.values] == [{"a": 1}, {"a": 2}]
    assert [item.index for rows in blocks for item in rows.rejected.first()] == [2]
