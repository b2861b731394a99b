"""The L-infinity distance against scipy's, and the equivalent shift."""

import numpy as np
import pytest
import scipy.spatial.distance
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.measures.drift.l_infinity import l_infinity, shift_of


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=24))
def test_agrees_with_scipy(pairs):
    """The distance is scipy's Chebyshev distance of the shares."""
    p, q = map(np.array, zip(*pairs, strict=True))
    assert l_infinity(p, q) == scipy.spatial.distance.chebyshev(p, q)


@given(st.floats(0.01, 3), st.sampled_from([10, 20]))
def test_the_shift_is_that_of_buckets_of_equal_share(shift, n_ranges):
    """A shift of a normal distribution changes its outermost bucket most, by this much."""
    edges = scipy.stats.norm.ppf(np.linspace(0, 1, n_ranges + 1))
    p, q = np.full(n_ranges, 1 / n_ranges), np.diff(scipy.stats.norm.cdf(edges, shift))
    assert shift_of(l_infinity(p, q), n_ranges) == pytest.approx(shift, rel=1e-6)
