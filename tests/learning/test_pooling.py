"""Variance ratios of columns, completed by those of the other columns."""

import numpy as np
import pytest
from inference_exporter.learning.pooling import pooled_upper


def test_columns_alike_get_nearly_the_same_ratio():
    """Ten columns with the same rhythm differ by far less than their estimates from few stretches."""
    random = np.random.default_rng(1)
    stretches = 12
    logs = np.log(4 * random.chisquare(stretches, 10) / stretches)
    pooled = pooled_upper(logs, np.full(10, 2 / stretches), z=0.0)
    assert np.log(pooled).std() < 0.4 * logs.std()
    assert pooled == pytest.approx(np.full(10, 4.0), rel=0.35)


def test_a_column_unlike_the_others_keeps_its_ratio():
    """A sure estimate is not drawn towards the others."""
    logs = np.array([0.0, 0.05, -0.05, 0.02, 3.0])
    assert pooled_upper(logs, np.full(5, 0.01), z=0.0)[4] == pytest.approx(np.exp(3.0), rel=0.05)


def test_the_fewer_stretches_the_larger_the_upper_limit():
    """What little is known of two columns is taken with caution."""
    few, many = (pooled_upper(np.zeros(2), np.full(2, 2 / stretches), z=1.0)[0] for stretches in (10, 1000))
    assert few > 1.5 > many > 1.0


def test_unknown_ratios_stay_unknown():
    """A column that a test does not apply to has no limit, and the others do not notice it."""
    found = pooled_upper(np.array([0.1, np.nan, 0.3, 0.2]), np.array([0.1, np.nan, 0.1, 0.1]))
    assert np.isnan(found).tolist() == [False, True, False, False]
