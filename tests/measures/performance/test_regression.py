"""Measures of regressors against scikit-learn."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.measures.performance import REGRESSION_MEASURES
from inference_exporter.model.performance_totals import RegressionAccumulator
from sklearn import metrics


def measured(prediction, outcome):
    card = RegressionAccumulator()
    totals = card.totals(*card.add_up(np.asarray(prediction), np.asarray(outcome), np.empty((len(outcome), 0))))
    return {key: measure.compute(totals) for key, measure in REGRESSION_MEASURES.items()}


@given(
    st.integers(0, 10_000), st.integers(2, 300), st.sampled_from([0.0, 100.0, -1e6]), st.sampled_from([0.01, 1.0, 50.0])
)
def test_agree_with_scikit_learn(seed, rows, centre, spread):
    """Errors, R² and bias for outcomes far from zero, with noise small and large relative to their spread."""
    rng = np.random.default_rng(seed)
    outcome = rng.normal(centre, 1.0, rows)
    prediction = outcome + rng.normal(0.1, spread, rows)
    ours = measured(prediction, outcome)
    assert ours["mean_absolute_error"] == pytest.approx(metrics.mean_absolute_error(outcome, prediction))
    assert ours["root_mean_squared_error"] == pytest.approx(metrics.root_mean_squared_error(outcome, prediction))
    expected = metrics.mean_absolute_percentage_error(outcome, prediction)
    assert ours["mean_absolute_percentage_error"] == pytest.approx(expected)
    assert ours["r2"] == pytest.approx(metrics.r2_score(outcome, prediction), rel=1e-6, abs=1e-6)
    assert ours["bias"] == pytest.approx((prediction - outcome).mean(), abs=1e-9)


@pytest.mark.parametrize("value", [0.1, 3.0, -1e6, 1e-3])
def test_r2_of_a_constant_is_unknown(value):
    """Equal outcomes have no variance to explain, and rounding does not invent any."""
    outcome = np.full(37, value)
    assert math.isnan(measured(outcome + 1.0, outcome)["r2"])


def test_percentages_leave_out_zeros():
    """An outcome of 0 has no percentage error; the others do."""
    assert measured([1.0, 3.0], [0.0, 2.0])["mean_absolute_percentage_error"] == 0.5
    assert math.isnan(measured([1.0], [0.0])["mean_absolute_percentage_error"])


def test_predictions_that_are_missing_do_not_count():
    """A joined sample without a prediction has no error."""
    assert measured([1.0, math.nan], [2.0, 5.0])["mean_absolute_error"] == 1.0


def test_without_outcomes_all_is_unknown():
    """A window without joined outcomes measures NaN, not zero."""
    assert all(math.isnan(value) for value in measured([], []).values())
