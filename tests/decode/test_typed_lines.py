"""Lines decoded by their common shape give what the general path gives: it is the oracle."""

import json
from random import Random

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from inference_exporter.arrays import DictionaryColumn
from inference_exporter.decode import _typed_lines
from inference_exporter.decode._compiled import is_compiled
from inference_exporter.decode._lines import read_lines
from inference_exporter.decode._typed import LINES_AT_ONCE
from inference_exporter.decode._typed_lines import LEAST_LINES
from inference_exporter.samples.native import outcomes_of, samples_of
from inference_exporter.samples.transposed import Transposed
from records_of_shapes import decoded, filler, odd, regular


@pytest.fixture(params=["compiled", "python"], scope="module", autouse=True)
def path(request):
    """Run every test on both paths."""
    if request.param == "compiled":
        if not is_compiled():
            pytest.skip("installed without a C compiler")
        yield
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_typed_lines, "can_read", lambda shape: False)
        yield


bodies = st.lists(st.one_of(regular(), regular(), regular(), odd(), st.binary(max_size=4)), max_size=12).map(
    lambda some: b"\n".join(some)
)


def general(body: bytes) -> list:
    """Decode without shapes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_typed_lines, "SHAPES_TRIED", 0)
        return list(read_lines([body]))


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.lists(regular(), min_size=0, max_size=3), bodies, st.integers(0, 40))
def test_shape_gives_what_the_general_path_gives(first, body, more):
    """Any lines among lines of one shape become the same samples and the same rejections on both paths."""
    lines = [*filler(LEAST_LINES), *first, *filler(more), *body.split(b"\n"), *filler(3)]
    whole = b"\n".join(lines)
    assert decoded(read_lines([whole])) == decoded(general(whole))


@given(st.lists(st.one_of(regular(), odd()), min_size=1, max_size=20))
def test_any_first_lines_are_right(first):
    """Whatever the lines are that teach the shape, samples and rejections are those of the general path."""
    whole = b"\n".join([*first, *filler(2 * LEAST_LINES)])
    assert decoded(read_lines([whole])) == decoded(general(whole))


@given(
    st.lists(st.sampled_from([b'{"id":"a","outcome":1}', b'{"id":2,"outcome":"x"}', b"{"]), min_size=40, max_size=60)
)
def test_outcomes_go_the_general_way(lines):
    """Outcomes are the same on both paths."""
    whole = b"\n".join(lines)

    def found(blocks):
        parts = list(outcomes_of(blocks))
        every = [pair for p in parts for b in p.batches for pair in zip(b.ids, b.values, strict=True)]
        return every, [r for p in parts for r in p.rejected]

    assert found(read_lines([whole])) == found(general(whole))


def test_thousands_of_lines_of_one_shape_are_one_block():
    """Lines of one shape reach the engine together: numbers as an array, few texts once each."""
    (block,) = read_lines([b"\n".join(filler(3 * LINES_AT_ONCE))])
    assert isinstance(block.values, Transposed)
    fields = block.values.fields
    assert isinstance(fields["features"]["a"], np.ndarray)
    assert isinstance(fields["features"]["b"], DictionaryColumn)
    assert sorted(fields["features"]["b"].values) == ["x", "y", "z"]
    assert len(block.values) == 3 * LINES_AT_ONCE


def test_an_odd_line_costs_only_itself():
    """One line of another shape among thousands leaves the others in one block."""
    lines = filler(3 * LINES_AT_ONCE)
    lines[700] = b'{"features": {"a": "text", "b": 1}, "prediction": true}'
    blocks = list(read_lines([b"\n".join(lines)]))
    assert [len(block.values) for block in blocks] == [3 * LINES_AT_ONCE - 1, 1]
    assert list(blocks[-1].indices) == [700]


@pytest.mark.parametrize("length", [LEAST_LINES, 65, 129, 1000])
@pytest.mark.parametrize("place", [0, 1, -2, -1])
@pytest.mark.parametrize("odd", [True, "1.5"])
def test_a_value_that_is_not_a_number_keeps_its_type(length, place, odd):
    """A boolean or a text among numbers is the same value on every path, whatever its place."""
    records = [{"features": {"a": row / 2, "b": row + 0.5, "c": "x"}} for row in range(length)]
    records[place]["features"]["a"] = odd
    body = "\n".join(map(json.dumps, records)).encode()
    for blocks in (read_lines([body]), general(body)):
        batches = [batch for decoded in samples_of(blocks) for batch in decoded.batches]
        values = [value for batch in batches for value in batch.features["a"]]
        assert [value for value in values if type(value) is type(odd)] == [odd]
        assert len(values) == length


def test_numbers_with_too_many_digits_keep_them():
    """A whole number that no float holds exactly is not rounded."""
    lines = filler(2 * LEAST_LINES)
    lines[50] = lines[50].replace(b'"a": 6.25', b'"a": 9007199254740993')
    batches = [batch for part in samples_of(read_lines([b"\n".join(lines)])) for batch in part.batches]
    values = [value for batch in batches for value in batch.features["a"]]
    assert 9007199254740993 in values


@pytest.mark.parametrize("number", [2**63 - 1, 2**63, 2**64 - 1, 2**64, 10**22, -(2**63), -(2**63) - 1, -(10**22)])
@pytest.mark.parametrize("name", ["id", "code"])
def test_long_whole_numbers_are_those_of_the_general_path(number, name):
    """However many digits an id or a status has, it becomes the same id, or the same rejection, on every path."""
    lines = [json.dumps({"id": row, "features": {"a": 0.5}, "code": 200}).encode() for row in range(2 * LEAST_LINES)]
    record = {"id": 7, "features": {"a": 0.5}, "code": 200, name: number}
    lines[LEAST_LINES + 3] = json.dumps(record).encode()
    whole = b"\n".join(lines)
    assert decoded(read_lines([whole])) == decoded(general(whole))


PIECES = [
    b"null",
    b"NaN",
    b"-",
    b"1e999",
    b"18446744073709551616",
    b'"',
    b"\\",
    b"\\u0000",
    b"\\ud800",
    b"{",
    b"}",
    b"[",
    b"]",
]
PIECES += [
    b",",
    b":",
    b"\n",
    b"\r",
    b"\0",
    b"\x80",
    b"\xed\xa0\x80",
    b"\xc3\xa9",
    b"0",
    b".5",
    b"e9",
    b'"a":1,',
    b'"2024-05-06T07:08:09Z"',
]


def mutated(body: bytes, random: Random) -> bytes:
    """Return a body with a few bytes changed, cut, repeated or put in."""
    changed = bytearray(body)
    for _ in range(random.randrange(1, 30)):
        start = random.randrange(len(changed) or 1)
        end = start + random.choice((0, 1, 1, 2, 9, 60))
        kind = random.randrange(4)
        if kind == 0:
            changed[start:end] = random.randbytes(end - start)
        elif kind == 1:
            changed[start:start] = random.choice(PIECES)
        elif kind == 2:
            changed[start:start] = changed[start:end]
        else:
            del changed[start:end]
    return bytes(changed)


@example(15230)  # a status of 22 digits
@given(st.integers(0, 2**32))
def test_mutated_bytes_are_read_as_the_general_path_reads_them(seed):
    """Whatever happens to the bytes of a body, samples and rejections are those of the general path."""
    random = Random(seed)
    lines = filler(3 * LEAST_LINES)
    if random.random() < 0.5:
        lines = [
            line.replace(b'"time": ', b'"time": "2024-01-02T03:04:05.').replace(b'.5, "features', b'", "features')
            for line in lines
        ]
    head, tail = b"\n".join(lines[:LEAST_LINES]), b"\n".join(lines[LEAST_LINES:])
    whole = head + b"\n" + mutated(tail, random)
    size = random.choice((50, 1000, 1 << 20))
    chunks = [whole[start : start + size] for start in range(0, len(whole), size)]
    assert decoded(read_lines(chunks)) == decoded(general(whole))
