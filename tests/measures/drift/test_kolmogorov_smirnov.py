"""Kolmogorov-Smirnov against scipy, on the raw values."""

import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from inference_exporter.measures.drift.kolmogorov_smirnov import kolmogorov_smirnov, kolmogorov_smirnov_pvalue


def values(elements, sizes):
    return arrays(np.float64, sizes, elements=elements)


FEW = st.integers(-100, 100).map(float)
MANY = st.floats(-1e3, 1e3, width=32).map(lambda value: round(value, 6))  # what rounding leaves apart is one value


def measured(histogram_view, reference, window):
    view = histogram_view({"x": reference}, {"x": window})
    return float(view.drift["ks_statistic"][0]), float(view.drift["ks_pvalue"][0])


@pytest.mark.slow
@given(values(FEW, st.integers(1, 300)), values(FEW | MANY, st.integers(1, 100)))
def test_exact_where_the_reference_has_few_values(histogram_view, reference, window):
    """With at most 256 values in the reference the statistic is scipy's, whatever the window holds."""
    statistic, _ = measured(histogram_view, reference, window)
    # Counted twice, because scipy's p-value needs more than one value on each side.
    exact = scipy.stats.ks_2samp(np.tile(reference, 2), np.tile(window, 2), method="asymp").statistic
    assert statistic == pytest.approx(exact, abs=1e-12)


def shares_strictly_inside(histogram_view, reference, window):
    """Return, for each side, the greatest share that lies in one cell but not on its lower cut."""
    cuts = histogram_view({"x": reference}, {"x": window}).grid.columns[0].buckets.cuts
    greatest = []
    for side in (reference, window):
        places = np.searchsorted(cuts, side, side="right")
        off_cut = (places > 0) & (places < len(cuts)) & (side != cuts[np.maximum(places - 1, 0)])
        greatest.append(np.bincount(places[off_cut], minlength=1).max() / len(side))
    return greatest


@pytest.mark.slow
@given(values(MANY, st.integers(300, 900)), values(MANY, st.integers(20, 300)))
def test_within_the_documented_bound(histogram_view, reference, window):
    """Never above the raw statistic, and below it by at most what lies strictly inside one cell."""
    statistic, _ = measured(histogram_view, reference, window)
    exact = scipy.stats.ks_2samp(reference, window, method="asymp").statistic
    bound = max(shares_strictly_inside(histogram_view, reference, window))
    assert exact - bound - 1e-12 <= statistic <= exact + 1e-12


@pytest.mark.parametrize("shift", [0.0, 0.05, 0.5, 5.0])
def test_close_to_the_raw_statistic(histogram_view, shift):
    """For continuous values the difference from the raw statistic is below 1 %."""
    rng = np.random.default_rng(3)
    reference, window = rng.normal(size=20_000), rng.normal(shift, size=5_000)
    statistic, _ = measured(histogram_view, reference, window)
    assert statistic == pytest.approx(scipy.stats.ks_2samp(reference, window, method="asymp").statistic, abs=0.01)


@given(st.floats(0, 1), st.integers(1, 100_000), st.integers(1, 100_000))
def test_the_chance_is_scipys(statistic, n, m):
    """The p-value is the survival function of the limiting distribution at sqrt(nm / (n + m)) times the statistic."""
    expected = scipy.stats.kstwobign.sf(math.sqrt(n * m / (n + m)) * statistic)
    ours = kolmogorov_smirnov_pvalue(np.array(statistic), np.array(float(n)), np.array(float(m)))
    assert ours == pytest.approx(expected, rel=1e-9, abs=1e-300)


def test_without_cuts_it_is_unknown():
    """A model without numeric columns has no distribution functions to compare."""
    assert math.isnan(kolmogorov_smirnov(np.empty(0)))


def test_categories_have_none(histogram_view):
    """A categorical feature has no order, and so no statistic."""
    view = histogram_view({"c": ["a", "b"] * 50}, {"c": ["a"] * 30})
    assert math.isnan(view.drift["ks_statistic"][0])
    assert math.isnan(view.drift["ks_pvalue"][0])
