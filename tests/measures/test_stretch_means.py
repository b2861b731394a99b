"""The test of a window's mean against those of stretches."""

import numpy as np
import pytest
from inference_exporter.measures.stretch_means import DOUBTED, LEAST_FREEDOM, doubt, either_pvalue
from scipy.stats import norm, t


def test_it_is_half_as_sure_as_a_t_test():
    """Against the stretches alone the p-value is twice that of Student's test, and twice the rank test's if smaller."""
    found = either_pvalue(np.array([1.0, 1e-9, 1.0]), np.array([3.0, 3.0, 0.0]), np.array([10.0, 10.0, 10.0]))

    assert found == pytest.approx([4 * t.sf(3.0, 9), 2e-9, 1.0])


def test_without_stretches_the_rank_test_is_left_as_it_is():
    """Independent samples lose nothing."""
    pvalues = np.array([1e-7, np.nan, 0.3])
    found = either_pvalue(pvalues, np.array([9.0, np.nan, 0.1]), np.array([0.0, 50.0, 2.0]))
    assert found == pytest.approx(pvalues, nan_ok=True)


def test_it_holds_its_level():
    """Means of stretches that differ by chance are as rare as stated."""
    random = np.random.default_rng(0)
    stretches = random.normal(size=(20_000, 12))
    window = random.normal(size=20_000)
    deviation = window / stretches.std(axis=1, ddof=1)
    found = either_pvalue(np.ones(20_000), deviation, np.full(20_000, 12.0))
    assert np.mean(found <= 0.02) < 0.02


def test_a_doubted_variance_has_the_tail_of_student():
    """A normal tail of the larger variance ends where Student's of the estimated one does, and nearly alike of many."""
    for number in (10, 20, 59):
        assert doubt(number) == pytest.approx((t.isf(DOUBTED / 2, number - 1) / norm.isf(DOUBTED / 2)) ** 2)
    assert 1.0 < doubt(2_000) < 1.01


def test_an_unknown_number_is_not_doubted():
    """References of before keep their design effects, and fewer stretches than are learned from count as the fewest."""
    assert doubt(0) == 1.0
    assert doubt(2) == doubt(LEAST_FREEDOM + 1) < 10
