"""The probability of a class at each score, from counts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.detectors.estimated_performance.calibration import FEW_STRETCHES, calibrated, offset_spread
from sklearn.isotonic import IsotonicRegression

CELLS = st.lists(st.tuples(st.integers(0, 50), st.floats(0, 1)), min_size=1, max_size=30)


def counts_of(cells):
    n = np.array([size for size, _ in cells], dtype=float)
    return n, np.round(n * np.array([share for _, share in cells]))


@given(CELLS)
def test_blocks_are_those_of_isotonic_regression(cells):
    """At the centre of each block the probability is scikit-learn's; between two blocks it lies between theirs."""
    n, positive = counts_of(cells)
    means = np.linspace(0, 1, len(n))
    found, error = calibrated(n, positive, means)
    if not n.any():
        assert np.isnan(found).all()
        return
    filled = n > 0
    expected = IsotonicRegression().fit_transform(means[filled], positive[filled] / n[filled], sample_weight=n[filled])
    for value in np.unique(expected):
        block = expected == value
        centre = np.average(means[filled][block], weights=n[filled][block])
        assert np.interp(centre, means, found) == pytest.approx(value, abs=0.5)
        if np.isin(means, centre).any():
            assert found[means == centre] == pytest.approx(value)
    assert (np.diff(found) >= -1e-12).all()
    assert (error > 0).all()


def test_more_outcomes_are_more_certain():
    """The standard error is that of a share: a hundred times the outcomes, a tenth of the error."""
    means = np.array([0.2, 0.8])
    few = calibrated(np.array([100.0, 100.0]), np.array([20.0, 80.0]), means)[1]
    many = calibrated(np.array([10_000.0, 10_000.0]), np.array([2000.0, 8000.0]), means)[1]
    assert few == pytest.approx(many * 10, rel=0.05)
    assert many == pytest.approx(0.004, rel=0.01)


def test_stretches_that_differ_by_chance_have_no_spread():
    """The spread is near 0 for independent outcomes, and that of the offsets for stretches with their own."""
    random = np.random.default_rng(0)
    spreads = {}
    for truth in (0.0, 0.5):
        p = 1 / (1 + np.exp(-random.normal(0, truth, (2000, 20, 1))))
        hit = random.random((2000, 20, 200)) < p
        residuals, information = (hit - 0.5).sum(axis=2), np.full((2000, 20), 50.0)
        spreads[truth] = np.mean([offset_spread(*of) for of in zip(residuals, information, strict=True)])
    assert spreads[0.0] < 0.1
    assert spreads[0.5] == pytest.approx(0.5 * FEW_STRETCHES, rel=0.1)


def test_one_stretch_says_nothing():
    """Without two stretches to compare there is no spread."""
    assert offset_spread(np.array([3.0]), np.array([10.0])) == 0.0
