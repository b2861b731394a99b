"""The locator finds the same cells as a search."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from inference_exporter.reference.buckets import numeric_buckets
from inference_exporter.reference.locator import Locator

ANY = st.floats(allow_nan=False, allow_infinity=False)
CLOSE = st.integers(-5, 5).map(lambda steps: 1.0 + steps * np.finfo(float).eps)
COLUMN = arrays(np.float64, st.integers(0, 80), elements=ANY | st.integers(-9, 9).map(float) | CLOSE)
NUMBERS = arrays(np.float64, 30, elements=st.floats() | st.integers(-9, 9).map(float) | CLOSE)


@pytest.mark.slow
@given(st.lists(COLUMN, min_size=1, max_size=4), NUMBERS)
def test_agrees_with_a_search(columns, numbers):
    """For any cuts and any finite numbers, including the cuts and their neighbours, the cells are the same."""
    cuts = [numeric_buckets(column, len(column)).cuts for column in columns]
    ends = np.concatenate(cuts) if cuts else np.array([])
    with np.errstate(over="ignore"):
        near = np.concatenate([numbers, ends, np.nextafter(ends, np.inf), np.nextafter(ends, -np.inf)])
    asked = np.tile(near, (len(cuts), 1))
    found, finite = Locator(cuts).locate(asked), np.isfinite(near)
    for own, row in zip(cuts, found, strict=True):
        np.testing.assert_array_equal(row[finite], np.searchsorted(own, near[finite], side="right"))


@pytest.mark.parametrize("size", [10, 20_000])
def test_agrees_on_usual_columns(size):
    """Continuous values, zeros with a tail, whole numbers and a far outlier, many values at once."""
    rng = np.random.default_rng(size)
    columns = [
        rng.normal(size=size),
        np.where(rng.random(size) < 0.9, 0.0, rng.exponential(size=size)),
        rng.poisson(4, size).astype(float),
        np.append(rng.normal(size=size), 1e12),
    ]
    cuts = [numeric_buckets(column, size).cuts for column in columns]
    asked = np.stack(
        [rng.choice(column, 5000) + rng.normal(0, 0.1, 5000) * (rng.random(5000) < 0.5) for column in columns]
    )
    for own, row, numbers in zip(cuts, Locator(cuts).locate(asked), asked, strict=True):
        np.testing.assert_array_equal(row, np.searchsorted(own, numbers, side="right"))


def test_no_columns_and_no_numbers():
    """A model without numeric columns, and a batch without samples, need no special case."""
    assert Locator([]).locate(np.empty((0, 5))).shape == (0, 5)
    assert Locator([np.array([1.0, 2.0])]).locate(np.empty((1, 0))).shape == (1, 0)
