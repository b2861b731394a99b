"""JSON as it should be, and the one deviation that is common."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.decode.json_text import parse_json
from inference_exporter.errors import DecodeError

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@given(VALUES)
def test_reads_what_python_writes(value):
    """Python's own encoder is understood."""
    assert parse_json(json.dumps(value).encode()) == value
    assert parse_json(json.dumps(value, ensure_ascii=False).encode()) == value


def test_numbers_that_json_has_no_word_for():
    """NaN and infinities, as Python writes them, are read; orjson alone would refuse the whole body."""
    value = parse_json(b'{"a": NaN, "b": [Infinity, -Infinity]}')
    assert math.isnan(value["a"])
    assert value["b"] == [math.inf, -math.inf]


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"{'a': 1}", b"[1,]", b"nan", b'{"a": NaN', b'"\\ud800"', b'["\\ud800", NaN]', b"\xff", b"[" * 5000,
     b"[NaN" + b"[" * 5000, b"1 2", b"NaN NaN"],
)  # fmt: skip
def test_what_is_no_json(text):
    """Anything else is refused with the place; a lone surrogate is no text that a label could hold."""
    with pytest.raises(DecodeError, match=r"^expected JSON, got: .* at byte \d+$") as error:
        parse_json(text)
    assert error.value.reason == "not_json"


def test_the_word_nan_in_a_text_is_text():
    """A text that holds the word NaN is no reason to read the body another way."""
    assert parse_json(b'{"a": "NaN is a word"}') == {"a": "NaN is a word"}
