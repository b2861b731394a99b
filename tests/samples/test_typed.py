"""Typed columns have the values of their lists, and bodies of columns mean the same with them."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inference_exporter.arrays import DictionaryColumn
from inference_exporter.decode import json_body
from inference_exporter.decode.json_body import read_body
from inference_exporter.samples.typed import TEXT_LENGTH_AT_MOST, typed
from records_of_shapes import decoded

values = st.one_of(
    st.none(), st.floats(-9, 9), st.integers(-9, 9), st.integers(2**53 - 1, 2**63), st.sampled_from(["a", "b", "é"]),
    st.booleans(), st.lists(st.integers(), max_size=1), st.just("x" * 70_000), st.sampled_from([99, 200, 404.5, "200"]),
)  # fmt: skip
NAMES = (
    "id", "time", "prediction", "action", "code", "latency_seconds", "trace_id", "model", "outcome", "age", "features",
    "scores", "tags",
)  # fmt: skip


@st.composite
def columns(draw):
    """Return columns, a few of which are objects of columns or break a rule."""
    size = draw(st.integers(1, 6))
    some = st.lists(values, min_size=size, max_size=size)
    same = values.map(lambda value: [value] * size)
    column = some | same | st.lists(values, max_size=3)
    objects = st.dictionaries(st.sampled_from("ab"), some | same, max_size=2)
    return draw(st.dictionaries(st.sampled_from(NAMES), column | objects, max_size=5))


@pytest.mark.slow
@settings(max_examples=150, deadline=None, derandomize=True)
@given(columns(), st.booleans())
def test_columns_mean_what_lists_mean(table, with_age):
    """Samples, rejections and their reasons are those of plain lists."""
    body = json.dumps({"columns": table | ({"age": [1.5] * 4} if with_age else {})}).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_body, "typed_columns", lambda found: found)
        expected = decoded(read_body([body]))
    assert decoded(read_body([body])) == expected


@given(st.lists(values, max_size=8))
def test_a_typed_column_has_the_values_of_its_list(column):
    """Missing values, digits and kinds are kept."""
    found = typed(column)
    listed = [
        None if value != value else value for value in (found.tolist() if isinstance(found, np.ndarray) else found)
    ]
    assert listed == column


def test_numbers_and_few_texts_are_typed():
    """Numbers with gaps are an array, repeated texts are kept once, and ids stay a list."""
    assert isinstance(typed([1, 2.5, None]), np.ndarray)
    repeated = typed(["a", None, "a", "b"])
    assert isinstance(repeated, DictionaryColumn) and repeated.values == ("a", "b")
    for column in (["a", "b", "c"], ["x" * (TEXT_LENGTH_AT_MOST + 1)] * 9, [True, False], [None, None], [2**53], []):
        assert typed(column) is column
