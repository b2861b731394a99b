"""NDJSON in blocks."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.decode import _limits
from inference_exporter.decode._limits import BLOCK_BYTES, RECORD_BYTES, ROWS_TOGETHER, TEXT_LENGTH_AT_MOST
from inference_exporter.decode._lines import read_lines
from inference_exporter.errors import DecodeError

LINES = st.lists(st.sampled_from([b'{"a":1}', b"[1,2]", b"7", b"nonsense", b'{"a":', b'{"a":NaN}', b"", b"  ", b"\r"]))


def read(body, size):
    blocks = list(read_lines(iter([body[start : start + size] for start in range(0, len(body), size)])))
    values = [(index, value) for block in blocks for index, value in zip(block.indices, block.values, strict=True)]
    return values, [item for block in blocks for item in block.rejected], blocks


@given(LINES, st.integers(1, 40), st.sampled_from([b"\n", b"\r\n"]), st.booleans())
def test_each_line_is_read_or_rejected_alone(lines, size, end, ended):
    """With chunks of any size, every line that is not blank is read or rejected with its position."""
    body = end.join(lines) + (end if ended else b"")
    values, rejected, _ = read(body, size)
    written = [line for line in lines if line.strip()]
    bad = {index for index, line in enumerate(written) if line in (b"nonsense", b'{"a":')}
    assert {index for index, _ in values} == set(range(len(written))) - bad
    assert [item.index for item in rejected] == sorted(bad)
    assert all(item.reason == "not_json" for item in rejected)


@pytest.mark.slow
def test_large_bodies_come_in_blocks():
    """A large body is decoded in blocks, not all at once."""
    lines = [json.dumps({"id": str(i), "features": {"x": i}}).encode() for i in range(20_000)]
    values, rejected, blocks = read(b"\n".join(lines), 1 << 20)
    assert [value["id"] for _, value in values] == [str(i) for i in range(20_000)]
    assert not rejected
    assert max(len(block.values) for block in blocks) < ROWS_TOGETHER + BLOCK_BYTES // min(map(len, lines))


@pytest.mark.parametrize("size", [1000, 1 << 20])
def test_a_line_longer_than_a_block_is_one(size):
    """Very long lines among short ones are read completely."""
    lines = [b'{"a":1}', json.dumps({"a": ["x" * BLOCK_BYTES] * 3}).encode(), b'{"a":2}']
    values, rejected, _ = read(b"\n".join(lines), size)
    assert [len(value["a"]) if isinstance(value["a"], list) else 1 for _, value in values] == [1, 3, 1]
    assert values[1][1]["a"][0] == "x" * BLOCK_BYTES
    assert not rejected


def test_lines_that_together_are_json_are_not_taken_for_lines():
    """An object split over two lines is two bad lines, not one good record."""
    values, rejected, _ = read(b'{"a":[1\n2]}\n', 100)
    assert values == []
    assert [item.index for item in rejected] == [0, 1]


@pytest.mark.parametrize("size", [1000, 1 << 20, 1 << 24])
def test_a_line_that_is_too_long_costs_itself(size):
    """A record beyond the limit is neither buffered nor decoded, and later records are read."""
    lines = [b'{"a":1}', b'{"a":"' + b"x" * (3 * RECORD_BYTES) + b'"}', b'{"a":2}']
    values, rejected, _ = read(b"\n".join(lines), size)
    assert [(index, value["a"]) for index, value in values] == [(0, 1), (2, 2)]
    assert [(item.index, item.reason) for item in rejected] == [(1, "too_large")]


def test_long_texts_are_cut():
    """Names and values of a record are truncated to the maximum length."""
    long = "x" * (2 * TEXT_LENGTH_AT_MOST)
    ((_, value),), _, _ = read(json.dumps({"a": [{long: long}]}).encode(), 1 << 20)
    assert value == {"a": [{long[:TEXT_LENGTH_AT_MOST]: long[:TEXT_LENGTH_AT_MOST]}]}


def test_a_body_of_too_many_records_ends_there(monkeypatch):
    """Beyond the maximum number of records the body is refused; records before that are read."""
    monkeypatch.setattr(_limits, "RECORDS_AT_MOST", 50_000)
    found = 0
    with pytest.raises(DecodeError, match="records") as error:
        for rows in read_lines(iter([b"{}\n" * 200_000])):
            found += len(rows.values)
    assert error.value.status == 413
    assert 50_000 <= found < 100_000
