"""The distribution of weighted sums of chi-squared variables."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.detectors.multivariate.quadratic_form import tail_of
from scipy import stats


@given(st.integers(1, 200), st.floats(1e-6, 1e6), st.floats(-12, -0.5))
def test_equal_weights_are_a_chi_squared_law(freedom, weight, exponent):
    """With equal weights the tail is that of a scaled chi-squared variable, to a twentieth, down to 1e-12."""
    tail = tail_of(np.full(freedom, weight))
    x = stats.chi2.isf(10.0**exponent, freedom) * weight
    assert tail.pvalue(x) == pytest.approx(10.0**exponent, rel=0.05 if freedom > 1 else 0.12)


@given(st.floats(0.01, 0.95), st.floats(0.1, 60))
def test_pairs_of_weights_are_a_sum_of_exponentials(ratio, x):
    """With two weights, each twice, the tail has a closed form."""
    one, other = 1.0, ratio
    exact = (one * math.exp(-x / 2 / one) - other * math.exp(-x / 2 / other)) / (one - other)
    assert tail_of(np.array([one, one, other, other])).pvalue(x) == pytest.approx(exact, rel=0.08)


def test_many_unequal_weights_agree_with_draws():
    """The distribution for 256 falling weights, as of a kernel, agrees with two hundred thousand draws."""
    weights = 0.8 ** np.arange(256)
    random = np.random.default_rng(1)
    draws = np.square(random.standard_normal((200_000, 40))) @ weights[:40]
    for share in (0.5, 0.1, 0.01, 0.001):
        assert tail_of(weights).pvalue(float(np.quantile(draws, 1 - share))) == pytest.approx(share, rel=0.15)


def test_the_tail_never_rises():
    """A farther value is never more likely, up to and beyond the ends of the table."""
    tail = tail_of(np.array([3.0, 1.0, 0.1, 0.0]))
    x = np.geomspace(1e-6, 1e6, 500)
    pvalues = [tail.pvalue(each) for each in x]
    assert all(0 <= after <= before <= 1 for before, after in pairwise(pvalues))
    assert pvalues[0] == pytest.approx(1, abs=0.01)
    assert pvalues[-1] < 1e-12
