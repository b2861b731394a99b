"""Cells of errors: their quantiles against numpy's."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.measures.error_cells import (
    ABSOLUTE,
    N_CELLS,
    RELATIVE_ERROR,
    SIGNED,
    at_rank,
    counts_of,
    folded,
)


def test_cells_join_without_a_gap():
    """Each cell begins where the one below it ends, and holds its representative."""
    for cells in (SIGNED, ABSOLUTE):
        np.testing.assert_allclose(cells.lower[1:], cells.upper[:-1])
        assert (cells.lower <= cells.middle).all()
        assert (cells.middle <= cells.upper).all()
    assert len(SIGNED.middle) == N_CELLS


@given(st.integers(0, 500), st.integers(1, 300), st.sampled_from([1e-6, 1.0, 1e9]), st.floats(0.01, 0.99))
def test_quantiles_are_numpys_to_one_percent(seed, rows, scale, level):
    """The value at a rank is the sorted error of that rank, off by at most 1 % of itself."""
    errors = np.random.default_rng(seed).normal(0.2, 1.0, rows) * scale
    rank = max(math.ceil(level * rows), 1)
    counts = counts_of(errors)
    assert counts.sum() == rows
    assert at_rank(counts, SIGNED.middle, rank) == pytest.approx(np.sort(errors)[rank - 1], rel=1.0001 * RELATIVE_ERROR)
    found = at_rank(folded(counts), ABSOLUTE.middle, rank)
    assert found == pytest.approx(np.sort(np.abs(errors))[rank - 1], rel=1.0001 * RELATIVE_ERROR)


def test_errors_beyond_the_cells_are_not_lost():
    """An error below a billionth counts as 0, one beyond a trillion as infinite, each on its side."""
    counts = counts_of(np.array([0.0, -1e-12, 1e-300, 1e13, -np.inf, 1e308]))
    assert [at_rank(counts, SIGNED.middle, rank) for rank in range(1, 7)] == [-np.inf, 0, 0, 0, np.inf, np.inf]


def test_beyond_the_ranks_nothing_is_known():
    """A rank below 1 or above the number of errors has no value."""
    counts = counts_of(np.array([1.0, 2.0]))
    assert all(math.isnan(at_rank(counts, SIGNED.middle, rank)) for rank in (0, 3))
    assert math.isnan(at_rank(np.zeros_like(counts), SIGNED.middle, 1))
