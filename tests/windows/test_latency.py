"""Latency quantiles against numpy, and the buckets of the exposed histogram."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.windows.latency import (
    CELLS_PER_OCTAVE,
    DEFAULT_BOUNDS,
    N_CELLS,
    QUANTILES,
    bounds_with,
    locate,
    quantiles,
)

ERROR = 2 ** (1 / CELLS_PER_OCTAVE)  # neighbouring cells differ by this factor


@pytest.mark.slow
@given(st.lists(st.floats(1e-5, 2000), min_size=1, max_size=300))
def test_quantiles_are_within_one_cell(seconds):
    """Each quantile is within one cell, 2.2 %, of a quantile of the values themselves."""
    values = np.array(seconds)
    found = quantiles(np.bincount(locate(values), minlength=N_CELLS))
    for share, quantile in zip(QUANTILES, found.tolist(), strict=True):
        exact = float(np.quantile(values, share, method="inverted_cdf"))
        assert exact / ERROR * (1 - 1e-9) <= quantile <= exact * ERROR * (1 + 1e-9)


def test_many_values_are_close():
    """On ten thousand latencies the error is below 2.2 %, the width of a cell."""
    values = np.random.default_rng(0).lognormal(-3, 1, 10_000)
    found = quantiles(np.bincount(locate(values), minlength=N_CELLS))
    assert found == pytest.approx(np.quantile(values, QUANTILES), rel=0.022)


@pytest.mark.parametrize("seconds", [0.0, 5e-324, 1e-9, 1e9, 1e308])
def test_beyond_the_range_they_are_in_the_outermost_cells(seconds):
    """No duration is lost, however short or long."""
    assert locate(np.array([seconds]))[0] in (0, N_CELLS - 1)


def test_without_traffic_they_are_unknown():
    """Without latencies there are no quantiles."""
    assert np.isnan(quantiles(np.zeros(N_CELLS, dtype=int))).all()


def test_the_objective_is_a_bound():
    """The threshold of the service level is among the histogram's bounds, so that rules can count good requests."""
    assert bounds_with(0.2) == tuple(sorted({*DEFAULT_BOUNDS, 0.2}))
    assert bounds_with(0.1) == DEFAULT_BOUNDS
    assert not any(math.isinf(bound) for bound in bounds_with(0.3))
