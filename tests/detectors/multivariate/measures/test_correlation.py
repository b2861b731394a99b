"""Correlation change."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.detectors.multivariate.measures._base import mean_of
from inference_exporter.detectors.multivariate.measures.correlation import Correlation, learn


@given(st.integers(0, 1000), st.floats(-0.9, 0.9))
def test_the_change_is_that_of_numpy(seed, rho):
    """The greatest change is that of Fisher's z of numpy's correlations."""
    random = np.random.default_rng(seed)
    x, y = random.standard_normal((300, 3)), random.standard_normal((200, 3))
    y[:, 2] += 3 * rho * y[:, 0]
    summary = Correlation(learn(x.astype(np.float32), 7))
    pairs = np.triu_indices(3, 1)
    before, after = (np.arctanh(np.corrcoef(rows.T)[pairs]) for rows in (x, y))
    reading = summary.read(mean_of(summary, y.astype(np.float32)), 200)
    assert reading.value == pytest.approx(np.abs(after - before).max(), rel=1e-3, abs=1e-4)


def test_moves_of_margins_are_none_of_it():
    """Shifted and scaled features keep their correlation."""
    random = np.random.default_rng(1)
    x, y = (random.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], 5000) for _ in range(2))
    summary = Correlation(learn(x.astype(np.float32), 7))
    reading = summary.read(mean_of(summary, (y * [0.5, 2] + [1, -1]).astype(np.float32)), 5000)
    assert reading.pvalue > 0.01


def test_rare_values_say_nothing_in_few_rows():
    """A flag set in one row of a hundred has no known correlation in fifty rows, but in five thousand."""
    random = np.random.default_rng(2)
    rows = random.standard_normal((20_000, 2))
    rows[:, 1] = random.random(20_000) < 0.01
    rows[:, 1] = (rows[:, 1] - 0.01) / np.sqrt(0.01 * 0.99)
    summary = Correlation(learn(rows[:10_000].astype(np.float32), 7))
    few, many = (summary.read(mean_of(summary, rows[-n:].astype(np.float32)), n) for n in (50, 5000))
    assert np.isnan(few.pvalue)
    assert many.pvalue > 1e-3


def test_a_feature_that_stands_still_is_unknown():
    """If a feature is constant in a window, its correlations are unknown."""
    rows = np.random.default_rng(3).standard_normal((500, 2)).astype(np.float32)
    summary = Correlation(learn(rows, 7))
    rows[:, 0] = 1
    assert np.isnan(summary.read(mean_of(summary, rows), 500).value)


def test_a_broken_content_is_told():
    """A wrong number of pairs raises ValueError."""
    content = learn(np.random.default_rng(1).standard_normal((200, 3)).astype(np.float32), 7)
    with pytest.raises(ValueError, match="expected 6 pairs, got 3"):
        Correlation({**content, "features": 4})


def test_a_few_rows_that_carry_a_correlation_are_not_trusted():
    """Two sensors agree but for a broken day: how many of its rows a window of 1,000 has is chance."""
    random = np.random.default_rng(3)
    rows = random.standard_normal((5000, 3))
    rows[:, 1] = rows[:, 0] + 0.1 * rows[:, 1]
    rows[:2, 1] = -3.0
    summary = Correlation(learn(rows.astype(np.float32), 7))
    window = random.standard_normal((1000, 3))
    window[:, 1] = window[:, 0] + 0.1 * window[:, 1]
    window[:4, 1] = -3.0
    assert summary.read(mean_of(summary, window.astype(np.float32)), 1000).pvalue > 0.01
    window[:, 2] = window[:, 0] + random.standard_normal(1000)
    assert summary.read(mean_of(summary, window.astype(np.float32)), 1000).pvalue < 1e-9
