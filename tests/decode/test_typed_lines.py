"""Lines decoded by their common shape give what the general path gives: it is the oracle."""

import json
from collections import Counter
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inference_exporter.arrays import DictionaryColumn
from inference_exporter.decode import _typed_lines
from inference_exporter.decode._compiled import is_compiled
from inference_exporter.decode._lines import read_lines
from inference_exporter.decode._typed import LINES_AT_ONCE
from inference_exporter.decode._typed_lines import LEAST_LINES
from inference_exporter.samples.native import outcomes_of, samples_of
from inference_exporter.samples.transposed import Transposed


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


OBJECTS = ("features", "scores", "stages", "tags", "raw", "attributions")
SINGLE = ("prediction", "ids", "latency_seconds", "trace_ids")

texts = st.sampled_from(["a", "b", "é", "", "nan", "x" * 200, "\U0001f600", '"\\']) | st.text(max_size=5)
numbers = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-5, 5) | st.integers(-(2**70), 2**70)
plain = st.one_of(numbers, texts, st.none(), st.booleans())
anything = st.recursive(plain, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2))


@st.composite
def regular(draw: st.DrawFn) -> bytes:
    """Return a line of the shape that most lines of a body have."""
    record = {
        "id": draw(st.sampled_from(["r1", "r2", "r3", None])),
        "time": 1_700_000_000 + draw(st.integers(0, 100)) / 4,
        "features": {"a": draw(st.floats(-9, 9) | st.integers(-9, 9) | st.none()), "b": draw(st.sampled_from("xyz"))},
        "prediction": draw(st.sampled_from(["yes", "no", None])),
        "scores": {"yes": draw(st.floats(0, 1))},
        "code": draw(st.sampled_from([200, 500])),
    }
    return json.dumps(record).encode()


@st.composite
def odd(draw: st.DrawFn) -> bytes:
    """Return a line that differs in one field, or is broken, or is anything."""
    record = json.loads(draw(regular()))
    name = draw(st.sampled_from([*record, "extra", "model", "outcome", "latency_seconds"]))
    change = draw(st.sampled_from(["replace", "drop", "inner", "order", "twice", "escape", "cut", "raw", "any"]))
    if change == "replace":
        record[name] = draw(anything)
    elif change == "drop":
        record.pop(name, None)
    elif change == "inner":
        record["features"][draw(st.sampled_from(["a", "b", "c"]))] = draw(anything)
    elif change == "order":
        record = dict(reversed(record.items()))
    line = json.dumps(draw(anything) if change == "any" else record, ensure_ascii=draw(st.booleans()))
    if change == "twice":
        line = line[:-1] + f', "prediction": {json.dumps(draw(anything))}}}'
    if change == "escape":
        line = line.replace('"a"', '"\\u0061"').replace('"no"', '"n\\u0000"').replace('"yes"', '"\\ud800"')
    if change == "raw":
        line = line.replace("null", "NaN").replace('"x"', "1e999").replace('"y"', "12345678901234567890")
    encoded = line.encode("utf-8", "replace")
    return encoded[: draw(st.integers(0, len(encoded)))] if change == "cut" else encoded


bodies = st.lists(st.one_of(regular(), regular(), regular(), odd(), st.binary(max_size=4)), max_size=12).map(
    lambda some: b"\n".join(some)
)


def general(body: bytes) -> list:
    """Decode without shapes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_typed_lines, "SHAPES_TRIED", 0)
        return list(read_lines([body]))


def values_of(column, size: int) -> list:
    """Return a column as comparable values: numbers as floats, missing as None."""
    values = [None] * size if column is None else column.tolist() if isinstance(column, np.ndarray) else list(column)
    return [None if value is None or value != value else _comparable(value) for value in values]


def _comparable(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value) if abs(value) < 2**53 else value
    return repr(value) if isinstance(value, list | dict | bool) else value


def rows_of(batches) -> Counter:
    """Return the samples of batches, whatever the batches are: order and columns of nothing do not count."""
    found: Counter = Counter()
    for batch in batches:
        columns = {name: values_of(getattr(batch, name), batch.size) for name in (*SINGLE, "times", "codes")}
        for field in OBJECTS:
            for name, column in getattr(batch, field).items():
                columns[f"{field}.{name}"] = values_of(column, batch.size)
        for row in range(batch.size):
            sample = {name: column[row] for name, column in columns.items() if column[row] is not None}
            sample["codes"] = sample.get("codes", 200.0)
            blank = batch.blank is not None and bool(batch.blank[row])
            found[(batch.key, blank, tuple(sorted(sample.items(), key=repr)).__repr__())] += 1
    return found


def decoded(blocks) -> tuple[Counter, list]:
    """Return samples and rejections of the blocks of a body."""
    parts = list(samples_of(blocks))
    rejected = sorted((r.index, r.reason, r.message) for part in parts for r in part.rejected)
    return rows_of(batch for part in parts for batch in part.batches), rejected


def filler(n: int) -> list[bytes]:
    """Return lines of the usual shape."""
    return [
        json.dumps(
            {
                "id": f"r{i % 3}",
                "time": 1_700_000_000.5 + i,
                "features": {"a": i / 8, "b": "xyz"[i % 3]},
                "prediction": "yes" if i % 2 else "no",
                "scores": {"yes": 0.5},
                "code": 200,
            }
        ).encode()
        for i in range(n)
    ]


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.lists(regular(), min_size=0, max_size=3), bodies, st.integers(0, 40))
def test_shape_gives_what_the_general_path_gives(first, body, more):
    """Any lines among lines of one shape become the same samples and the same rejections on both paths."""
    lines = [*filler(LEAST_LINES), *first, *filler(more), *body.split(b"\n"), *filler(3)]
    whole = b"\n".join(lines)
    assert decoded(read_lines([whole])) == decoded(general(whole))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.one_of(regular(), odd()), min_size=1, max_size=20))
def test_any_first_lines_are_right(first):
    """Whatever the lines are that teach the shape, samples and rejections are those of the general path."""
    whole = b"\n".join([*first, *filler(2 * LEAST_LINES)])
    assert decoded(read_lines([whole])) == decoded(general(whole))


@settings(max_examples=20, deadline=None)
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


def test_numbers_with_too_many_digits_keep_them():
    """A whole number that no float holds exactly is not rounded."""
    lines = filler(2 * LEAST_LINES)
    lines[50] = lines[50].replace(b'"a": 6.25', b'"a": 9007199254740993')
    batches = [batch for part in samples_of(read_lines([b"\n".join(lines)])) for batch in part.batches]
    values = [value for batch in batches for value in batch.features["a"]]
    assert 9007199254740993 in values


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


@settings(max_examples=40, deadline=None)
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
