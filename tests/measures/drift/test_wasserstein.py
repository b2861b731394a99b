"""The Wasserstein distance against scipy, on the raw values."""

import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

FEW = st.integers(-50, 50).map(float)
MANY = st.floats(-1e3, 1e3, width=32)


def exact(reference, window):
    return scipy.stats.wasserstein_distance(reference, window) / reference.std(ddof=1)


def measured(histogram_view, reference, window):
    return float(histogram_view({"x": reference}, {"x": window}).drift["wasserstein_normalized"][0])


@given(arrays(np.float64, st.integers(2, 200), elements=FEW), st.data())
def test_exact_where_a_column_has_few_values(histogram_view, reference, data):
    """If every value of the window is one of the reference's at most 256, or lies beyond them, it is scipy's.

    Cuts lie beside values, but distances are measured between the values.
    """
    assume(reference.std() > 0)
    inside = st.sampled_from([*np.unique(reference).tolist(), -1234.5, 1e4])
    window = np.array(data.draw(st.lists(inside, min_size=1, max_size=60)))
    assert measured(histogram_view, reference, window) == pytest.approx(exact(reference, window), rel=1e-9, abs=1e-9)


def bound(histogram_view, reference, window):
    """Return the sum over cells of width times what both sides have inside, in standard deviations."""
    column = histogram_view({"x": reference}, {"x": window}).grid.columns[0]
    cuts, points = column.buckets.cuts, column.points
    inside = sum(np.histogram(side, cuts)[0] / len(side) for side in (reference, window))
    widths = np.maximum(points[1:], cuts[1:]) - np.minimum(points[:-1], cuts[:-1])
    return float((widths * inside).sum() / reference.std(ddof=1))


@pytest.mark.slow
@given(
    arrays(np.float64, st.integers(300, 800), elements=MANY), arrays(np.float64, st.integers(20, 200), elements=MANY)
)
def test_within_the_documented_bound(histogram_view, reference, window):
    """The error is at most the sum over cells of their width times what both sides have inside."""
    assume(reference.std() > 1e-3)
    error = abs(measured(histogram_view, reference, window) - exact(reference, window))
    assert error <= bound(histogram_view, reference, window) + 1e-9


DENSITIES = {
    "normal": lambda rng, n: rng.normal(size=n),
    "exponential": lambda rng, n: rng.exponential(size=n),
    "zeros and a tail": lambda rng, n: np.where(rng.random(n) < 0.7, 0.0, rng.exponential(size=n)),
    "two hills": lambda rng, n: np.where(rng.random(n) < 0.5, rng.normal(-3, 0.3, n), rng.normal(3, 1, n)),
    "counts": lambda rng, n: rng.poisson(40, n).astype(float),
    "many counts": lambda rng, n: rng.poisson(4000, n).astype(float),
}


@pytest.mark.parametrize("shift", [0.0, 0.1, 1.0, 20.0], ids=lambda shift: f"shifted by {shift}")
@pytest.mark.parametrize("draw", DENSITIES.values(), ids=DENSITIES.keys())
def test_close_to_the_raw_distance(histogram_view, draw, shift):
    """On typical columns the error is below 2 % of a standard deviation, even far beyond the reference's range."""
    rng = np.random.default_rng(5)
    reference, window = draw(rng, 8000), draw(rng, 3000)
    window = window + round(shift * reference.std())
    assert measured(histogram_view, reference, window) == pytest.approx(exact(reference, window), abs=0.02)


@pytest.mark.parametrize("shift", [-1.0, -0.3, 0.3])
def test_heavy_tails_are_cut_finely(histogram_view, shift):
    """If most of a column's width holds few values, the error stays a small part of the distance."""
    rng = np.random.default_rng(5)
    for _ in range(5):
        reference, window = (
            np.exp(1.5 * normal) for normal in (rng.normal(size=10_000), rng.normal(shift, size=10_000))
        )
        assert measured(histogram_view, reference, window) == pytest.approx(exact(reference, window), rel=0.05)


HEAVY_TAILS = {
    "lognormal": lambda rng, n: np.exp(2.5 * rng.normal(size=n)),
    "Pareto": lambda rng, n: rng.pareto(1.5, n) + 1,
    "sizes in bytes": lambda rng, n: np.round(
        np.exp(np.where(rng.random(n) < 0.6, rng.normal(5, 1, n), rng.normal(12, 2, n)))
    ),
    "zeros and sizes": lambda rng, n: np.where(rng.random(n) < 0.5, 0.0, np.round(np.exp(rng.normal(8, 2.5, n)))),
    "losses": lambda rng, n: -np.exp(2 * rng.normal(size=n)),
}


@pytest.mark.parametrize("factor", [1.0, 1.35, 2.7], ids=lambda factor: f"times {factor}")
@pytest.mark.parametrize("draw", HEAVY_TAILS.values(), ids=HEAVY_TAILS.keys())
def test_heavy_tails_are_within_the_promise(histogram_view, draw, factor):
    """The promised 2 % of a standard deviation hold for columns whose width is mostly tail."""
    rng = np.random.default_rng(11)
    for _ in range(3):
        reference, window = draw(rng, 3000), factor * draw(rng, 600)
        assert measured(histogram_view, reference, window) == pytest.approx(exact(reference, window), abs=0.02)


def test_outliers_beyond_the_reference_count_in_full(histogram_view):
    """One far value moves the distance by exactly its share of the way."""
    rng = np.random.default_rng(6)
    reference, window = rng.normal(size=5000), rng.normal(size=1000)
    window[:3] = [1e6, -1e5, 1e4]
    assert measured(histogram_view, reference, window) == pytest.approx(exact(reference, window), rel=1e-3)


def test_without_spread_it_is_unknown(histogram_view):
    """A constant reference has no standard deviation as a unit."""
    assert math.isnan(measured(histogram_view, np.full(100, 2.0), np.full(10, 3.0)))


def test_categories_have_none(histogram_view):
    """A categorical feature has no order, and so no distance."""
    view = histogram_view({"c": ["a", "b"] * 50}, {"c": ["a"] * 30})
    assert math.isnan(view.drift["wasserstein_normalized"][0])
