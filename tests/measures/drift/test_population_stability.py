"""The population stability index and what sampling noise does to it."""

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.measures.drift._base import log_ratio
from inference_exporter.measures.drift.population_stability import (
    population_stability,
    population_stability_debiased,
    population_stability_pvalue,
)


@given(st.lists(st.tuples(st.floats(1e-6, 1), st.floats(1e-6, 1)), min_size=2, max_size=20))
def test_is_the_formula_of_credit_scoring(pairs):
    """The symmetric divergence is the sum of (p - q) ln(p / q)."""
    p, q = (np.array(side) / np.sum(side) for side in zip(*pairs, strict=True))
    expected = ((p - q) * np.log(p / q)).sum()
    there, back = population_stability(p, q, log_ratio(p, q)), population_stability(q, p, log_ratio(q, p))
    assert there == pytest.approx(expected, rel=1e-9, abs=1e-12)
    assert there == pytest.approx(float(back), rel=1e-12)


def test_debiasing_takes_away_the_expectation():
    """The mean noise of B - 1 buckets is subtracted, down to zero."""
    assert population_stability_debiased(np.array(0.5), np.array(11.0), np.array(0.02)) == pytest.approx(0.3)
    assert population_stability_debiased(np.array(0.1), np.array(11.0), np.array(0.02)) == 0.0


def test_the_expectation_is_right_on_average():
    """Over clean windows of well-filled buckets the mean index is (B - 1)(1/n + 1/m)."""
    rng, shares, n, m = np.random.default_rng(1), np.full(12, 1 / 12), 4000, 600
    reference, window = rng.multinomial(n, shares, 4000) + 0.5, rng.multinomial(m, shares, 4000) + 0.5
    p, q = reference / reference.sum(axis=1, keepdims=True), window / window.sum(axis=1, keepdims=True)
    assert population_stability(p, q, log_ratio(p, q)).mean() == pytest.approx(11 * (1 / n + 1 / m), rel=0.03)


@given(st.floats(0, 3), st.integers(2, 30), st.floats(1e-5, 0.5))
def test_the_chance_is_scipys(psi, n_buckets, noise):
    """The p-value is the survival function of the chi-squared distribution at the index over its noise."""
    expected = scipy.stats.chi2.sf(psi / noise, n_buckets - 1)
    ours = population_stability_pvalue(np.array(psi), np.array(float(n_buckets)), np.array(noise))
    assert ours == pytest.approx(expected, rel=1e-9, abs=1e-300)
