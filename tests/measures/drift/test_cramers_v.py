"""Cramér's V against scipy's association and Bergsma's formula."""

import math

import numpy as np
import pytest
import scipy.stats.contingency
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.measures.drift._contingency import chi_squared
from inference_exporter.measures.drift.cramers_v import cramers_v

PAIRS = st.integers(2, 24).flatmap(
    lambda size: st.tuples(*[st.lists(st.integers(0, 3000), min_size=size, max_size=size).filter(any)] * 2)
)


def measured(pair):
    counts = np.array(pair, dtype=float)
    return float(cramers_v(*chi_squared(*counts), counts.sum()))


@given(PAIRS)
def test_is_scipys_after_bergsmas_correction(pair):
    """The value is scipy's association over the buckets that are not empty, with Bergsma's correction."""
    table = np.array(pair)[:, np.any(pair, axis=0)]
    n, columns = table.sum(), table.shape[1]
    if columns == 1 or n <= columns + 1:
        return
    plain = scipy.stats.contingency.association(table, method="cramer")
    square = max(0.0, plain**2 - (columns - 1) / (n - 1))
    width = min(2 - 1 / (n - 1), columns - (columns - 1) ** 2 / (n - 1))
    assert measured(pair) == pytest.approx(min(1.0, math.sqrt(square / (width - 1))), rel=1e-6, abs=1e-7)


def test_ends_of_its_range():
    """Without a common bucket it is 1, with the same shares 0, as with a single bucket."""
    assert measured(([50, 0], [0, 50])) == pytest.approx(1.0)
    assert measured(([50, 20], [100, 40])) == 0.0
    assert measured(([50], [10])) == 0.0
