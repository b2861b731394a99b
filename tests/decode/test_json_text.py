"""Strict JSON, and common deviations from it."""

import json
import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.decode.json_text import parse_json
from inference_exporter.errors import DecodeError

WITHOUT_NUL = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False)
    | WITHOUT_NUL,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WITHOUT_NUL, inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@given(VALUES)
def test_reads_what_python_writes(value):
    """Output of Python's encoder is read."""
    assert parse_json(json.dumps(value).encode()) == value
    assert parse_json(json.dumps(value, ensure_ascii=False).encode()) == value


def test_numbers_that_json_has_no_word_for():
    """NaN and infinities as written by Python are read; orjson alone would refuse the whole body."""
    value = parse_json(b'{"a": NaN, "b": [Infinity, -Infinity]}')
    assert math.isnan(value["a"])
    assert value["b"] == [math.inf, -math.inf]


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"{'a': 1}", b"[1,]", b"nan", b'{"a": NaN', b"\xff", b"[" * 5000,
     b"[NaN" + b"[" * 5000, b"1 2", b"NaN NaN"],
)  # fmt: skip
def test_what_is_no_json(text):
    """Anything else is refused with the position."""
    with pytest.raises(DecodeError, match=r"^expected JSON, got: .* at byte \d+$") as error:
        parse_json(text)
    assert error.value.reason == "not_json"


def test_the_word_nan_in_a_text_is_text():
    """The word NaN inside a text does not trigger the slow parser."""
    assert parse_json(b'{"a": "NaN is a word"}') == {"a": "NaN is a word"}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (b'"cut \\ud83d"', "cut \ufffd"),
        (b'"\\ude00\\ud83d x"', "\ufffd\ufffd x"),
        (b'"\\ud83d\\ude00 whole"', "\U0001f600 whole"),
        (b'["\\ud83d", NaN, 1e999]', ["\ufffd", math.nan, math.inf]),
        (b'"a\\u0000b"', "a\ufffdb"),
        (b'"not an escape: \\\\u0000 \\\\ud83d"', "not an escape: \\u0000 \\ud83d"),
        (b'"caf\xe9"', "caf\ufffd"),
        (b'{"\\udfff": 1, "b": "\\udfff"}', {"\ufffd": 1, "b": "\ufffd"}),
    ],
)
def test_text_is_cleaned(written, read):
    """Lone surrogates, NUL and bytes that are not UTF-8 become the replacement character; other text is unchanged."""
    assert repr(parse_json(written)) == repr(read)


@given(st.text(st.characters(codec=None) | st.sampled_from("\ud800\udc00\0\\ud"), max_size=20))
def test_no_text_is_illegal_behind_the_door(text):
    """Any text written as JSON by Python is read as valid UTF-8 without NUL."""
    read = parse_json(json.dumps({text: text, "x": math.nan}).encode())
    assert isinstance(read, dict)
    assert all("\0" not in name and isinstance(name.encode(), bytes) for name in read)


def test_long_runs_of_digits_take_no_time():
    """A body of digits that is not JSON is refused in linear time."""
    started = time.process_time()
    with pytest.raises(DecodeError):
        parse_json(b"[" + (b"1" * 299 + b" ") * 3000)
    assert time.process_time() - started < 2


@pytest.mark.parametrize("text", [b" " * 4_000_000, b'"' + b"a" * 4_000_000, b"[1, 2" + b" " * 4_000_000 + b"x"])
def test_a_long_text_that_is_not_json_is_searched_where_it_is_wrong(text, monkeypatch):
    """Non-standard literals are searched where the strict parser stopped, not in the whole body."""
    monkeypatch.setattr(json, "loads", lambda *_: pytest.fail("the slow parser was asked"))
    with pytest.raises(DecodeError, match="expected JSON"):
        parse_json(text)


@pytest.mark.parametrize(
    "text", [b"NaN", b"-Infinity", b"1e999", b"-1.5E0999", b"9" * 400 + b".5", b"0." + b"1" * 400 + b"e999"]
)
def test_words_and_numbers_that_json_lacks_are_found_behind_other_letters(text):
    """Positions count characters, not bytes."""
    assert len(parse_json('{"é": "ééé", "a": '.encode() + text + b"}")) == 2
