"""The verdict: an effect over the threshold, and more than sampling noise."""

import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.measures.verdict import critical_population_stability, drifted


@given(st.integers(2, 40), st.floats(1e-6, 1), st.floats(1e-9, 0.5), st.integers(1, 1000))
def test_the_critical_index_is_scipys_quantile(n_buckets, noise, significance, n_columns):
    """PSI / (1/n + 1/m) has a chi-squared law with B - 1 degrees of freedom; the quantile is shared by all columns."""
    expected = scipy.stats.chi2.ppf(1 - significance / n_columns, n_buckets - 1) * noise
    ours = critical_population_stability(np.array(n_buckets), np.array(noise), significance, n_columns)
    assert ours == pytest.approx(expected, rel=1e-4 if significance / n_columns < 1e-9 else 1e-6)


@pytest.mark.parametrize(
    ("psi", "debiased", "critical", "verdict"),
    [
        (0.3, 0.2, 0.25, 1.0),
        (0.3, 0.09, 0.25, 0.0),
        (0.2, 0.15, 0.25, 0.0),
        (math.nan, math.nan, 0.1, math.nan),
        (0.3, 0.2, math.nan, math.nan),
    ],
    ids=["both", "too small to matter", "could be an accident", "no window", "no critical value"],
)
def test_both_conditions_are_needed(psi, debiased, critical, verdict):
    """A column drifted where the change matters and is no accident; what cannot be known stays unknown."""
    found = drifted(np.array(psi), np.array(debiased), np.array(critical), np.array(0.1))
    assert found == pytest.approx(verdict, nan_ok=True)
