"""Records of one shape and records that differ from it, and what bodies of them become: for tests of both paths."""

import json
from collections import Counter

import numpy as np
from hypothesis import strategies as st
from inference_exporter.samples.native import samples_of

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
