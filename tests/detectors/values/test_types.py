"""Values of the wrong type."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.detectors.values.types import wrong_types
from inference_exporter.values.kinds import NOT_FINITE_TEXTS
from inference_exporter.values.missing import is_missing_number

NUMBERS = st.one_of(st.none(), st.integers(), st.floats())


def rows_of(column, numeric=True):
    return {kind: rows.tolist() for kind, rows in wrong_types(column, numeric).items()}


@given(st.lists(NUMBERS))
def test_numbers_are_numbers(column):
    """Numbers and missing numbers are never of the wrong type."""
    assert rows_of(column) == {}
    assert rows_of(np.array([np.nan if value is None else float(np.clip(value, -1e9, 1e9)) for value in column])) == {}


@given(st.lists(st.one_of(NUMBERS, st.text(), st.booleans(), st.lists(st.integers()))))
def test_each_kind_is_told_where_it_is(column):
    """Text, booleans and everything else are listed with their rows, but not texts for missing and infinite values."""
    kinds = {"text": str, "boolean": bool, "other": list}
    expected = {kind: [i for i, value in enumerate(column) if type(value) is of] for kind, of in kinds.items()}
    expected["text"] = [
        i for i in expected["text"] if column[i] not in NOT_FINITE_TEXTS and not is_missing_number(column[i])
    ]
    assert rows_of(column) == {kind: rows for kind, rows in expected.items() if rows}


def test_numbers_that_json_cannot_write_are_numbers():
    """NaN and infinity arrive as text from JavaScript and protobuf."""
    assert rows_of([1.0, "NaN", "-Infinity"]) == {}


@pytest.mark.parametrize("value", ["text", 3, 2.5, True, None])
def test_anything_plain_is_a_category(value):
    """A category may be text, a number, or a boolean."""
    assert rows_of(["FR", value], numeric=False) == {}


def test_a_list_is_no_category():
    """Lists and objects are not categories."""
    assert rows_of(["FR", ["FR"], {"code": "FR"}], numeric=False) == {"other": [1, 2]}
