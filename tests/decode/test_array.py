"""A long JSON array read item by item: as if it had been read at once, whatever is in it."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.decode._array import ArrayReader, structure_of
from inference_exporter.decode._limits import BLOCK_BYTES, RECORD_BYTES
from inference_exporter.errors import DecodeError

TEXT = st.text(st.sampled_from('a"\\[]{},: \ud83d\n'), max_size=8)
VALUES = st.recursive(
    st.none() | st.integers(-9, 9) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


def read(body, size=1000):
    pieces = iter([body[start : start + size] for start in range(1, len(body), size)])
    values, rejected = [], []
    for rows in ArrayReader(pieces).read():
        values += zip(rows.indices, rows.values, strict=True)
        rejected += rows.rejected
    return values, rejected


@given(st.lists(VALUES, max_size=6), st.integers(1, 50))
def test_items_end_where_json_says(items, size):
    """Brackets, quotes and backslashes inside of texts end nothing; the pieces of a body make no difference."""
    body = json.dumps(items).encode()
    values, rejected = read(body, size)
    assert [index for index, _ in values] == list(range(len(items)))
    assert json.dumps([value for _, value in values]) == json.dumps(items).replace(r"\ud83d", r"\ufffd")
    assert rejected == []


@given(st.binary(max_size=40).map(lambda text: text + b"]"), st.integers(0, 40))
def test_a_scan_can_be_taken_up_again(text, place):
    """A text looked at in two parts has the structure of the whole."""
    whole, first = structure_of(text), structure_of(text[:place] or b" ")
    if first.close >= 0:
        assert whole.close == first.close
        return
    rest = structure_of(text[place:] or b" ", first.depth, first.quoted, first.escaped)
    if text[place:]:
        assert first.commas + [place + comma for comma in rest.commas] == whole.commas
        assert (rest.close + place if rest.close >= 0 else -1) == whole.close


@pytest.mark.slow
@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
@pytest.mark.parametrize("indent", [None, 2])
def test_a_long_array_comes_in_blocks(separators, indent):
    """However an encoder writes it, a long array is decoded in parts."""
    items = [{"id": str(i), "features": {"x": i, "list": [{"a": 1}, {"b": 2}]}} for i in range(8000)]
    body = json.dumps(items, separators=separators, indent=indent).encode()
    blocks = list(ArrayReader(iter([body[1:]])).read())
    assert [value for rows in blocks for value in rows.values] == items
    assert len(blocks) > 3


def test_a_bad_item_costs_itself():
    """What is not JSON between two commas is rejected alone, and named by its place."""
    values, rejected = read(b'[{"a":1}, {"a":nope}, {"a":"\\ud83d"}, , {"a":2}]')
    assert [index for index, _ in values] == [0, 2, 4]
    assert [(item.index, item.reason) for item in rejected] == [(1, "not_json"), (3, "not_json")]


@pytest.mark.parametrize("body", [b'[{"a":1}', b"[", b'[{"a":1}, "', b'[{"a":1}] x', b'[{"a":1}]]'])
def test_a_broken_end_is_told(body):
    """An array that does not end, or does not end the body, is refused."""
    with pytest.raises(DecodeError, match=r"^expected JSON, got: "):
        read(body)


def test_what_came_before_the_break_is_read():
    """Items before the place where a body breaks off are read."""
    found = []
    with pytest.raises(DecodeError):
        for rows in ArrayReader(iter([b'{"a":1},{"a":2},{"a'])).read():
            found += rows.values
    assert found == [{"a": 1}, {"a": 2}]


def test_an_item_that_is_too_long_costs_itself():
    """A record beyond its bound is neither kept nor decoded, and what comes after it is read."""
    body = b'[{"a":1},{"a":"' + b"x" * (3 * RECORD_BYTES) + b'"},{"a":2}]'
    values, rejected = read(body, BLOCK_BYTES)
    assert [(index, value["a"]) for index, value in values] == [(0, 1), (2, 2)]
    assert [(item.index, item.reason) for item in rejected] == [(1, "too_large")]


@pytest.mark.slow
@pytest.mark.parametrize(
    "item", [b"{}", b"1", b"[]", b'{"a":[{},{},{}]}', b'"},{"', b'"' + b"\\\\" * 400 + b'"', b"[" * 900 + b"]" * 900]
)
def test_no_array_takes_long(item):
    """A megabyte of whatever is written takes a moment: time grows with the length of the body."""
    number = RECORD_BYTES // (len(item) + 1)
    started = time.process_time()
    values, rejected = read(b"[" + b",".join([item] * number) + b"]", BLOCK_BYTES)
    assert len(values) + len(rejected) == number
    assert time.process_time() - started < 3
