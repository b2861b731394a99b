"""Columns that joins read: the same values come back, of all rows or of some."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.arrays import DictionaryColumn
from inference_exporter.evaluation.direct import DISTINCT_AT_MOST, is_packed, packed, unpacked

TIMES = 1.8e9 + np.arange(8192) / 100


def back(column, rows=slice(None)):
    return unpacked(packed({"first": np.arange(len(column)) / 7, "it": column}), rows, ["it"])["it"]


@given(st.lists(st.one_of(st.floats(), st.integers(-5, 5).map(float), st.decimals(-9, 9, places=2).map(float))))
def test_numbers_come_back_to_the_last_bit(values):
    """Doubles, decimals, whole numbers, infinities and NaN are the same afterwards, whatever form they take."""
    column = np.array(values, dtype=np.float64)
    found = back(column)
    assert np.array_equal(found, column, equal_nan=True)
    known = ~np.isnan(column)
    assert np.array_equal(np.signbit(found[known]), np.signbit(column[known]))


@pytest.mark.parametrize(
    "column",
    [
        np.array([1.8e9, 1.8e9 + 0.25, np.nan, 1.8e9 + 3]),
        TIMES[:4],
        np.array([-1e15, 0.0, 1e15, 7.0]),
        np.random.default_rng(0).normal(size=50),
        ["a", "b", None, "a"] * 9,
        [1.5, None, 2.0, 3.0],
        [True, False, None, True] * 3,
        DictionaryColumn(np.array([0, -1, 1, 0]), ("x", "y")),
    ],
    ids=["missing", "times", "far", "doubles", "texts", "floats", "booleans", "dictionary"],
)
def test_some_rows_are_those_rows(column):
    """Reading some rows gives the same values, of the same types, as reading all."""
    rows = np.array([3, 0, 2])
    every, some = list(back(column)), list(back(column, rows))
    assert [repr(each) for each in some] == [repr(every[row]) for row in rows]
    expected = [np.nan if each is None and isinstance(some[0], float) else each for each in column]
    assert [str(each) for each in every] == [str(each) for each in expected]


def test_columns_of_many_different_values_are_left_to_compression():
    """Texts that mostly differ would be read as a whole for each row."""
    texts = [f"class {number}" for number in range(DISTINCT_AT_MOST + 1)]
    assert packed({"time": TIMES[: len(texts)], "prediction": texts}) is None
    assert packed({"prediction": texts * 3}) is None
    assert is_packed(packed({"prediction": texts[:-1] * 3}))


def test_numbers_take_as_few_bytes_as_their_range_needs():
    """Times of a block and classes take some bytes a row, whatever the clock shows."""
    assert len(packed({"time": TIMES, "prediction": ["yes", "no"] * 4096})) < 4.1 * 8192


def test_a_changed_byte_is_found_when_all_rows_are_read():
    """The checksum covers the head and every column."""
    content = bytearray(packed({"time": TIMES}))
    for place in (20, len(content) // 2, len(content) - 1):
        damaged = bytes(content[:place]) + bytes([content[place] ^ 1]) + bytes(content[place + 1 :])
        with pytest.raises(ValueError, match="checksum"):
            unpacked(damaged)
