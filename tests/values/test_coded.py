"""Columns of categories as codes."""

import numpy as np
import pytest
from inference_exporter.arrays import DictionaryColumn
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
