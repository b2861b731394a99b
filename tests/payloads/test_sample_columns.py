"""Many rows of a request become columns, and mean what the same rows mean one by one: that is the oracle."""

import json
from functools import partial

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inference_exporter.decode import FORMATS
from inference_exporter.intake.pairing import Pairing
from inference_exporter.intake.translation import Translator
from inference_exporter.payloads import _column_rows
from inference_exporter.payloads import samples as payload_samples
from inference_exporter.payloads._column_rows import MANY, numbers_of
from inference_exporter.payloads._sample_columns import ROWS_AT_LEAST
from inference_exporter.samples.transposed import Transposed
from inference_exporter.values.tensors import cells_of, values_of
from records_of_shapes import decoded

ROWS = 60
assert ROWS_AT_LEAST <= ROWS
numbers = st.floats(-9, 9) | st.integers(-9, 9)
texts = st.sampled_from(["a", "b", "c", "x" * 70_000, ""])
cells = numbers | texts | st.none() | st.booleans() | st.integers(2**53, 2**60)
KINDS = {
    "numbers": numbers,
    "gaps": numbers | st.none(),
    "texts": texts,
    "anything": cells,
    "nested": st.lists(numbers),
}


@st.composite
def columns(draw, kinds=tuple(KINDS), rows=ROWS):
    """Return columns by name: a few drawn values of one kind, repeated."""
    found = {}
    for place in range(draw(st.integers(1, 3))):
        some = draw(st.lists(KINDS[draw(st.sampled_from(kinds))], min_size=1, max_size=5))
        found[f"f{place}"] = (some * rows)[:rows]
    return found


def tensor(name, values):
    return {"name": name, "datatype": "FP64", "shape": [len(values)], "data": values}


def matrix(table):
    flat = [value for row in zip(*table.values(), strict=True) for value in row]
    return [{"name": "in", "datatype": "FP64", "shape": [ROWS, len(table)], "data": flat}]


FORMS = {
    "a tensor each": lambda table: {"inputs": [tensor(name, values) for name, values in table.items()]},
    "one matrix": lambda table: {"inputs": matrix(table)},
    "rows": lambda table: {"instances": list(map(list, zip(*table.values(), strict=True)))},
    "objects": lambda table: {
        "instances": [dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True)]
    },
    "columns": lambda table: {"inputs": table},
    "split": lambda table: {
        "dataframe_split": {"columns": list(table), "data": list(map(list, zip(*table.values(), strict=True)))}
    },
}
ANSWERS = {
    "labels": {"predictions": ["yes", "no", "yes"] * (ROWS // 3)},
    "numbers": {"outputs": [tensor("out", [1, 2.5, 3] * (ROWS // 3))]},
    "gaps": {"predictions": [1, None, "x"] * (ROWS // 3)},
    "probabilities": {"outputs": [{"name": "p", "datatype": "FP32", "shape": [ROWS, 2], "data": [0.25, 0.75] * ROWS}]},
    "too few": {"predictions": ["yes"]},
    "none": None,
}
BESIDE = [
    {},
    {"id": "r-1", "time": 1_764_000_000, "latency_seconds": 0.5, "code": 200, "model": "m", "version": 3},
    {"id": "r-1", "time": "nonsense", "code": 99, "latency_seconds": -1},
    {"model": "x" * 400},
]


@pytest.fixture(scope="module", autouse=True)
def _few_are_many():
    """Let the numbers of a small matrix become an array at once, as those of a large one do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_column_rows, "MANY", 50)
        yield


def translated(document):
    """Return samples and rejections of a payload, and its blocks."""
    blocks = FORMATS["json"].read_payloads([orjson.dumps(document)])
    translator = Translator(Pairing(1 << 20, 60.0), lambda model, version, variant: ())
    rows = [r for block in blocks for _, t in translator.translate(block, {}, 0.0) for r in t.sample_rows()]
    return decoded(rows), rows


def one_by_one(document):
    """Return the same without columns."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(payload_samples, "ROWS_AT_LEAST", ROWS + 1)
        return translated(document)[0]


@pytest.mark.slow
@settings(max_examples=100, deadline=None, derandomize=True)
@given(columns(), st.sampled_from(list(FORMS)), st.sampled_from(list(ANSWERS)), st.sampled_from(BESIDE))
def test_columns_mean_what_rows_mean(table, form, answer, beside):
    """Samples, rejections and their reasons are the same, whatever is in the rows and beside them."""
    if form == "one matrix" and any(isinstance(value, list) for column in table.values() for value in column):
        table = {"f0": [1.5] * ROWS}
    document = {"request": FORMS[form](table), **beside}
    if ANSWERS[answer] is not None:
        document["response"] = ANSWERS[answer]
    elif "id" not in document:
        document = document["request"]
    assert translated(document)[0] == one_by_one(document)


@pytest.mark.parametrize("form", FORMS)
def test_many_rows_are_one_block_of_columns(form):
    """Numbers reach the engine as arrays; no object is made for a row."""
    table = {"f0": [0.5, 1.5, 2.5] * (ROWS // 3), "f1": [3.5] * ROWS}
    _, rows = translated({"request": FORMS[form](table), "response": ANSWERS["labels"]})
    block = next(each for each in rows if len(each.values))
    assert isinstance(block.values, Transposed) and len(block.values) == ROWS
    features = block.values.fields["features"]
    if form != "objects":
        assert all(isinstance(column, np.ndarray) for column in features.values())


@given(st.lists(numbers | st.integers(2**53 - 1, 2**70) | st.booleans() | st.none(), min_size=1, max_size=5))
def test_only_exact_numbers_become_an_array(some):
    """An array has the values of the list, to the last digit."""
    values = some * MANY
    found = numbers_of(values)
    assert list(found) == values
    assert isinstance(found, np.ndarray) == all(type(value) in (int, float) and abs(value) < 2**53 for value in values)


@pytest.mark.parametrize("datatype", ["FP16", "fp32", "FP64", "INT64", "UINT8", "BOOL", "BF16"])
@pytest.mark.parametrize("size", [0, 16, 8192, 8193])
def test_binary_values_are_the_same_in_an_array(datatype, size):
    """Many floating-point numbers are an array with the values of the list, and broken bytes the same fault."""
    content = bytes(range(1, 60)) * 200

    def outcome(read):
        try:
            return json.dumps([float(value) for value in read(datatype, content[:size])])
        except Exception as fault:  # whatever it is, it is the same
            return str(fault)

    assert outcome(cells_of) == outcome(partial(values_of))
