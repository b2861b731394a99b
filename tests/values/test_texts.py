"""Columns of texts: typed by most of their values, never silently changed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.values.kinds import is_numeric
from inference_exporter.values.missing import MISSING_TEXTS
from inference_exporter.values.texts import typed

NUMBERS = [f"{number / 7:.3f}" for number in range(2000)]


@pytest.mark.parametrize("marker", sorted(MISSING_TEXTS | {" NA", "na", "-", "nan"}))
def test_one_mark_for_missing_among_numbers_is_one_missing_number(marker):
    """A numeric column stays numeric, however its missing values are marked."""
    result = typed([*NUMBERS, marker])
    assert isinstance(result.column, np.ndarray) and np.isnan(result.column[-1]) and not result.note
    assert result.column[:-1].tolist() == [float(text) for text in NUMBERS]


def test_a_few_words_among_numbers_are_invalid_and_named():
    """Words stay words, count as invalid, and are named in the note."""
    result = typed([*NUMBERS, "oops", "oops", "NA"])
    assert is_numeric(result.column)
    assert list(result.column[-3:]) == ["oops", "oops", None]
    assert result.note.startswith("numbers, except 2 of 2,002 values ('oops')")


def test_long_identifiers_are_told_apart():
    """Whole numbers too long for floats stay texts."""
    ids = ["12345678901234567", "12345678901234568"]
    assert typed(ids).column == ids
    assert typed([*ids, "NA"]).column == [*ids, None]


@pytest.mark.parametrize("codes", [["2023_01", "2023_02"], ["A", "B", "1.0"], ["None", "x"]])
def test_categories_stay_texts(codes):
    """Mostly non-numeric values stay as written, except missing ones."""
    assert typed(codes).column == [None if code == "None" else code for code in codes]
    assert typed(codes, classes=True).column == codes


def test_leading_zeros_are_mentioned():
    """Numbers that may be codes are numbers, with a note about the flag."""
    result = typed(["01234", "02139", "7"])
    assert result.column.tolist() == [1234.0, 2139.0, 7.0] and "--categorical-columns" in result.note


@given(st.lists(st.floats() | st.none(), min_size=1))
def test_numbers_come_back_to_the_last_bit(values):
    """Numbers survive as written, including infinite ones; none becomes NaN."""
    result = typed(["" if value is None else repr(value) for value in values])
    large = [value for value in values if value is not None and abs(value) >= 2**53 and "e" not in repr(value)]
    assert large or np.array_equal(
        result.column, np.array([np.nan if value is None else value for value in values]), equal_nan=True
    )
