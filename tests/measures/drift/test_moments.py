"""Mean shift and variance ratio against numpy, on the raw values."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

VALUES = st.floats(-1e3, 1e3, width=32)


@given(
    arrays(np.float64, st.integers(2, 300), elements=VALUES), arrays(np.float64, st.integers(2, 200), elements=VALUES)
)
def test_are_those_of_the_raw_values(histogram_view, reference, window):
    """The mean moves in reference standard deviations, the variance in reference variances."""
    assume(reference.std() > 1e-3)
    view = histogram_view({"x": reference}, {"x": np.append(window, [math.nan, math.inf])})
    shift = (window.mean() - reference.mean()) / reference.std(ddof=1)
    assert view.drift["mean_shift"][0] == pytest.approx(shift, rel=1e-9, abs=1e-9)
    ratio = window.var(ddof=1) / reference.var(ddof=1)
    assert view.drift["variance_ratio"][0] == pytest.approx(ratio, rel=1e-6, abs=1e-6)


def test_unknown_without_a_spread_or_an_order(histogram_view):
    """A constant reference has no standard deviation, a category no mean, one value no variance."""
    view = histogram_view({"same": np.full(100, 2.0), "c": ["a", "b"] * 50}, {"same": np.full(9, 3.0), "c": ["a"] * 9})
    one = histogram_view({"x": np.arange(100.0)}, {"x": np.array([4.0])})
    for key in ("mean_shift", "variance_ratio"):
        assert np.isnan(view.drift[key]).all()
    assert math.isnan(one.drift["variance_ratio"][0])
    assert one.drift["mean_shift"][0] == pytest.approx((4 - 49.5) / np.arange(100.0).std(ddof=1))
