"""Distances of shares against scipy's and against their formulas."""

import numpy as np
import pytest
import scipy.spatial.distance
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.measures.drift import MEASURES

PAIRS = st.integers(2, 24).flatmap(
    lambda size: st.tuples(*[st.lists(st.integers(0, 100_000), min_size=size, max_size=size).filter(any)] * 2)
)


def smoothed(counts):
    """Return shares with half a count more in each bucket."""
    counts = np.asarray(counts, dtype=float) + 0.5
    return counts / counts.sum()


def psi(p, q):
    return float(((q - p) * np.log(q / p)).sum())


EXPECTED = {
    "psi": psi,
    "js_distance": lambda p, q: scipy.spatial.distance.jensenshannon(p, q, base=2),
    "hellinger_distance": lambda p, q: np.linalg.norm(np.sqrt(p) - np.sqrt(q)) / np.sqrt(2),
    "total_variation": lambda p, q: scipy.spatial.distance.cityblock(p, q) / 2,
}


@pytest.mark.slow
@pytest.mark.parametrize("key", EXPECTED)
@given(pair=PAIRS)
def test_agrees_with_an_independent_formula(comparison, key, pair):
    """Every distance of shares is that of scipy or the textbook for the smoothed shares."""
    expected = EXPECTED[key](*map(smoothed, pair))
    value = float(MEASURES[key].compute(comparison(*pair)))
    assert value == pytest.approx(expected, rel=1e-6, abs=1e-7)


def test_an_example():
    """One bucket in three replaced by another: by hand, with half a count more everywhere."""
    p, q = np.array([10.5, 10.5, 0.5]) / 21.5, np.array([0.5, 10.5, 10.5]) / 21.5
    assert psi(p, q) == pytest.approx(2 * 10 / 21.5 * np.log(21))
    assert np.abs(p - q).sum() / 2 == pytest.approx(10 / 21.5)
