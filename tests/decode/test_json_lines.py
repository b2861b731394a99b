"""NDJSON in blocks."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.decode._lines import BLOCK_BYTES, BLOCK_LINES, read_lines

LINES = st.lists(st.sampled_from([b'{"a":1}', b"[1,2]", b"7", b"nonsense", b'{"a":', b'{"a":NaN}', b"", b"  ", b"\r"]))


def read(body, size):
    blocks = list(read_lines(iter([body[start : start + size] for start in range(0, len(body), size)])))
    values = [(index, value) for block in blocks for index, value in zip(block.indices, block.values, strict=True)]
    return values, [item for block in blocks for item in block.rejected], blocks


@given(LINES, st.integers(1, 40), st.sampled_from([b"\n", b"\r\n"]), st.booleans())
def test_each_line_is_read_or_rejected_alone(lines, size, end, ended):
    """However the body is cut into pieces, every line that is not blank has its own place."""
    body = end.join(lines) + (end if ended else b"")
    values, rejected, _ = read(body, size)
    written = [line for line in lines if line.strip()]
    bad = {index for index, line in enumerate(written) if line in (b"nonsense", b'{"a":')}
    assert {index for index, _ in values} == set(range(len(written))) - bad
    assert [item.index for item in rejected] == sorted(bad)
    assert all(item.reason == "not_json" for item in rejected)


def test_large_bodies_come_in_blocks():
    """A body is decoded in blocks that are worth a column, and not all at once."""
    lines = [json.dumps({"id": str(i), "features": {"x": i}}).encode() for i in range(20_000)]
    values, rejected, blocks = read(b"\n".join(lines), 1 << 20)
    assert [value["id"] for _, value in values] == [str(i) for i in range(20_000)]
    assert not rejected
    assert len(blocks) > 5
    assert all(len(block.values) >= min(BLOCK_LINES, 100) for block in blocks[:-1])


@pytest.mark.parametrize("size", [1000, 1 << 20])
def test_a_line_longer_than_a_block_is_one(size):
    """Very long lines, among short ones, are read whole."""
    lines = [b'{"a":1}', json.dumps({"a": "x" * (3 * BLOCK_BYTES)}).encode(), b'{"a":2}']
    values, rejected, _ = read(b"\n".join(lines), size)
    assert [len(str(value["a"])) for _, value in values] == [1, 3 * BLOCK_BYTES, 1]
    assert not rejected


def test_lines_that_together_are_json_are_not_taken_for_lines():
    """Half an object on one line and half on the next are two bad lines, not one good record."""
    values, rejected, _ = read(b'{"a":[1\n2]}\n', 100)
    assert values == []
    assert [item.index for item in rejected] == [0, 1]
