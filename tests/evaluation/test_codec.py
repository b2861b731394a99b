"""Columns as bytes give back the same values."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.arrays import DictionaryColumn
from inference_exporter.evaluation.codec import packed, unpacked


def back(column, rows=slice(None)):
    return unpacked(packed({"first": ["x"] * len(column), "it": column}), rows, ["it"])["it"]


@given(st.lists(st.one_of(st.floats(), st.integers(-5, 5).map(float), st.decimals(-9, 9, places=2).map(float))))
def test_numbers_come_back_to_the_last_bit(values):
    """Doubles, decimals, whole numbers, infinities and NaN are the same afterwards, whatever form they take."""
    column = np.array(values, dtype=np.float64)
    found = back(column)
    assert np.array_equal(found, column, equal_nan=True)
    known = ~np.isnan(column)
    assert np.array_equal(np.signbit(found[known]), np.signbit(column[known]))


SCALARS = st.one_of(st.none(), st.text(max_size=3), st.integers(-(2**60), 2**60), st.booleans(), st.floats(0, 1))


@given(st.lists(SCALARS, max_size=30))
def test_other_values_come_back_with_their_types(values):
    """Texts, whole numbers, booleans and missing values keep their types, also where Python calls them equal."""
    found = back(values)
    found = found.tolist() if isinstance(found, np.ndarray) else list(found)
    found = [None if value != value else value for value in found]
    assert [(type(value), value) for value in found] == [(type(value), value) for value in values]


@pytest.mark.parametrize(
    "column",
    [
        np.array([1.8e9, 1.8e9 + 0.25, np.nan, 1.8e9 + 3]),
        np.array([0.1, 0.25, -7.0]),
        np.random.default_rng(0).normal(size=50),
        ["a", "b", None, "a"] * 9,
        DictionaryColumn(np.array([0, -1, 1, 0]), ("x", "y")),
    ],
    ids=["times", "decimals", "doubles", "texts", "dictionary"],
)
def test_some_rows_are_those_rows(column):
    """Reading some rows gives the same values as reading all."""
    rows = np.array([3, 0, 2] if len(column) > 3 else [2, 0])
    every, some = list(back(column)), list(back(column, rows))
    assert [str(each) for each in some] == [str(every[row]) for row in rows]


def test_small_numbers_take_few_bytes():
    """Times that grow by steps, decimals and classes take a fraction of eight bytes."""
    rng = np.random.default_rng(0)
    times = 1.8e9 + np.cumsum(rng.integers(0, 100, 8192)) / 1000
    decimals = np.round(rng.normal(size=8192) * 100, 2)
    assert len(packed({"t": times})) < 1.5 * 8192
    assert len(packed({"x": decimals})) < 3.5 * 8192
    assert len(packed({"p": rng.choice(["yes", "no"], 8192).tolist()})) < 0.3 * 8192
