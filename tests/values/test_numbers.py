"""Columns as numbers."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.values.numbers import as_numbers, floats_of, number_of

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(10**400),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=4,
)


@given(st.lists(ANYTHING, max_size=8))
def test_any_column_becomes_one_number_a_value(column):
    """Whatever a sender writes into a numeric feature, each value is one number, the same as alone."""
    numbers = as_numbers(column)
    assert numbers.shape == (len(column),)
    alone = np.array([as_numbers([value])[0] for value in column])
    np.testing.assert_array_equal(numbers, alone)


@pytest.mark.parametrize(
    ("value", "number"),
    [(3, 3.0), ("3.5", 3.5), (" 3.5 ", 3.5), (True, 1.0), (None, math.nan), (math.nan, math.nan), ("x", math.inf),
     ([1], math.inf), ({}, math.inf), (10**400, math.inf), (-math.inf, -math.inf), ("-Infinity", -math.inf),
     ("2023_01", math.inf), ("", math.nan), ("NA", math.nan), (" n/a", math.nan), ("null", math.nan),
     ("None", math.nan), ("?", math.nan), ("\\N", math.nan)],
)  # fmt: skip
def test_what_counts_as_a_number(value, number):
    """Numbers and numeric text are numbers, None and its spellings are missing, everything else is infinite."""
    assert as_numbers([value])[0] == pytest.approx(number, nan_ok=True)
    assert as_numbers([value, "1", None])[0] == pytest.approx(number, nan_ok=True)


@pytest.mark.parametrize("length", [2, 255, 256, 257, 513, 4099])
@pytest.mark.parametrize("value", ["2023_01", "x", "NA", [1], {}])
def test_a_value_is_the_same_at_any_place(value, length):
    """One text or list among thousands of numbers counts as it does alone."""
    for place in (0, 1, length // 2, length - 1):
        column = [float(row) for row in range(length)]
        column[place] = value
        np.testing.assert_array_equal(as_numbers(column)[place], as_numbers([value])[0])


def test_lists_of_one_length_are_no_matrix():
    """A column of lists is a column of wrong values, not a matrix."""
    assert as_numbers([[1, 2], [3, 4]]).tolist() == [math.inf, math.inf]


@given(st.floats(allow_nan=False))
def test_a_number_and_its_text_are_the_same(number):
    """Any float equals its text, to the last bit."""
    assert number_of(repr(number)) == number == as_numbers([repr(number)])[0]


def test_lists_are_not_searched_for_numbers():
    """A list is not a number, whatever its items are; numpy, which would convert each item, does not see it."""
    assert as_numbers([["1"] * 10, {"a": 1}]).tolist() == [math.inf, math.inf]


class TestFloatsOf:
    """Whether a column holds numbers is decided by the type of each value."""

    def test_numbers_become_floats(self):
        """Integers and floats are converted, missing ones stay NaN."""
        numbers = floats_of([1, 2.5, -0.0, float("nan"), 2**53 - 1])
        assert numbers is not None
        assert numbers.tolist()[:2] == [1.0, 2.5] and np.isnan(numbers[3]) and int(numbers[4]) == 2**53 - 1

    @pytest.mark.parametrize("other", [True, None, "1", [1.0], {}, 2**53, -(2**60), 10**400, 1e300])
    def test_one_other_value_leaves_the_column(self, other):
        """A boolean, a text, a missing value or an identifier among numbers is for the general path."""
        assert floats_of([1.5] * 300 + [other]) is None
