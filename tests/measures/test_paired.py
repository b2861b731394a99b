"""Paired comparisons, against scipy."""

import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.measures.paired import mcnemar_pvalue, mean_with_limits


@given(st.integers(0, 400), st.integers(0, 400))
def test_mcnemar_is_the_sign_test(first, second):
    """The exact p-value is that of scipy's binomial test; unknown without any difference."""
    if first + second == 0:
        assert math.isnan(mcnemar_pvalue(0, 0))
        return
    assert mcnemar_pvalue(first, second) == pytest.approx(scipy.stats.binomtest(first, first + second).pvalue)


def test_the_interval_is_that_of_a_mean():
    """Mean and limits follow from sum and sum of squares; NaN below two."""
    values = np.random.default_rng(1).normal(0.1, 1, 300)
    mean, lower, upper = mean_with_limits(300, values.sum(), np.square(values).sum())
    reach = 1.959964 * scipy.stats.sem(values)
    assert (mean, lower, upper) == pytest.approx((values.mean(), values.mean() - reach, values.mean() + reach))
    assert all(map(math.isnan, mean_with_limits(0, 0.0, 0.0)))
    assert math.isnan(mean_with_limits(1, 0.5, 0.25)[1])
