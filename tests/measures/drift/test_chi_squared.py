"""The chi-squared test against scipy's."""

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.measures.drift.chi_squared import chi_squared_pvalue

PAIRS = st.integers(2, 24).flatmap(
    lambda size: st.tuples(*[st.lists(st.integers(0, 3000), min_size=size, max_size=size).filter(any)] * 2)
)


@given(PAIRS)
def test_agrees_with_scipy(pair):
    """The p-value is scipy's for the test of homogeneity over the buckets that are not empty on both sides."""
    table = np.array(pair, dtype=float)
    table = table[:, table.any(axis=0)]
    expected = scipy.stats.chi2_contingency(table, correction=False).pvalue if table.shape[1] > 1 else 1.0
    ours = chi_squared_pvalue(*np.array(pair, dtype=float))
    assert ours == pytest.approx(expected, rel=1e-6, abs=1e-300)


def test_an_example():
    """Half of the traffic moving to the other bucket is no coincidence at 100 samples a side."""
    assert chi_squared_pvalue(np.array([90.0, 10.0]), np.array([40.0, 60.0])) < 1e-10
