"""Columns of categories as codes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.arrays import DictionaryColumn
from inference_exporter.values.categories import category_text
from inference_exporter.values.coded import coded


@pytest.mark.parametrize(
    "column",
    [
        ["a", None, "1", 1, "a", [2]],
        DictionaryColumn(np.array([0, -1, 1, 1, 0, -1]), ("a", "1.0")),
    ],
)
def test_equal_categories_share_a_code(column):
    """Values that are one category have one code, whatever their spelling; missing values and lists have -1."""
    codes, texts = coded(column)
    assert [None if code < 0 else texts[code] for code in codes] == ["a", None, "1", "1", "a", None]


def test_numbers():
    """A column of numbers is coded by its categories; NaN is missing."""
    codes, texts = coded(np.array([2.0, np.nan, 1.5, 2.0, np.nan]))
    assert [None if code < 0 else texts[code] for code in codes] == ["2", None, "1.5", "2", None]


VALUES = st.one_of(
    st.sampled_from([True, False, np.True_, 1, 0, 1.0, 0.0, "1", "true", "True", " a ", "a", "", None]),
    st.integers(),
    st.floats(),
    st.text(max_size=3),
    st.lists(st.integers(), max_size=2),
)


@given(st.lists(VALUES))
def test_each_value_has_its_own_text(column):
    """The text of a value's code is its category, whatever other values the column has."""
    codes, texts = coded(column)
    found = [None if code < 0 else texts[code] for code in codes]
    assert found == [None if isinstance(value, list) else category_text(value) for value in column]
