"""Columns as numbers, values as categories."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.samples.batch import as_numbers, category_text

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(10**400),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=4,
)


@given(st.lists(ANYTHING, max_size=8))
def test_any_column_becomes_one_number_a_value(column):
    """Whatever a sender writes into a numeric feature, each value is one number, and alone it is the same number."""
    numbers = as_numbers(column)
    assert numbers.shape == (len(column),)
    alone = np.array([as_numbers([value])[0] for value in column])
    np.testing.assert_array_equal(numbers, alone)


@pytest.mark.parametrize(
    ("value", "number"),
    [(3, 3.0), ("3.5", 3.5), (True, 1.0), (None, math.nan), (math.nan, math.nan), ("x", math.inf), ([1], math.inf),
     ({}, math.inf), (10**400, math.inf), (-math.inf, -math.inf)],
)  # fmt: skip
def test_what_counts_as_a_number(value, number):
    """Numbers and numeric text are numbers, None is missing, the rest is infinite: not a finite number."""
    assert as_numbers([value])[0] == pytest.approx(number, nan_ok=True)


def test_lists_of_one_length_are_no_matrix():
    """A column of lists is a column of wrong values, not a table."""
    assert as_numbers([[1, 2], [3, 4]]).tolist() == [math.inf, math.inf]


@pytest.mark.parametrize(
    ("value", "text"),
    [(1, "1"), (1.0, "1"), ("1", "1"), (True, "true"), ("true", "true"), (False, "false"), (1.5, "1.5"), (None, None),
     (math.nan, None), (np.float64(2), "2"), (np.int64(2), "2"), (np.bool_(True), "true"), ("", ""),
     ("True", "true"), ("FALSE", "false"), ("Truth", "Truth")],
)  # fmt: skip
def test_one_category_has_one_text(value, text):
    """What means the same category has the same text, however the sender's types chose to write it."""
    assert category_text(value) == text


@pytest.mark.parametrize("value", [[1], {"a": 1}, (1,), b"x"])
def test_lists_and_objects_are_no_category(value):
    """A list or an object is refused as a category."""
    with pytest.raises(TypeError, match="expected text, a number or true/false"):
        category_text(value)
