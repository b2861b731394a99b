"""Estimated errors of a monitored model: near what they turn out to be, whatever has drifted but the concept."""

import numpy as np
import pytest
from inference_exporter.detectors.estimated_errors.error_cells import ErrorCells
from inference_exporter.detectors.estimated_errors.learn import RECORD
from inference_exporter.detectors.estimated_errors.watch import EstimatedErrorsView, EstimatedErrorsWindow
from inference_exporter.reference.grid import Grid

from .rented import NOW, batch_of, drawn, monitor_of, reference_of

MAE, RMSE = "mean_absolute_error", "root_mean_squared_error"


@pytest.mark.slow
def test_estimates_hold_while_predictions_and_features_drift():
    """In at least 90 % of windows without concept drift both errors are within their limits."""
    random = np.random.default_rng(3)
    reference = reference_of(random)
    grid = Grid(reference)
    cells = ErrorCells(RECORD.of(reference), grid)
    inside = {MAE: [], RMSE: []}
    for _ in range(200):
        prediction, features, outcome = drawn(random, 300, favour=random.choice([0, 1, 3]))
        counts = cells.counts(*cells.of(grid.locate(batch_of(prediction, features))))
        estimates = EstimatedErrorsWindow(cells, counts, 50).estimates
        error = prediction - outcome
        for key, truth in ((MAE, np.abs(error).mean()), (RMSE, np.sqrt(np.square(error).mean()))):
            inside[key].append(estimates[key].lower <= truth <= estimates[key].upper)
    assert {key: np.mean(each) >= 0.9 for key, each in inside.items()} == {MAE: True, RMSE: True}


@pytest.mark.slow
def test_the_estimate_follows_drift_that_the_reference_explains():
    """Larger predictions and older houses raise the estimate as they raise the error, without a single outcome."""
    random = np.random.default_rng(4)
    monitor = monitor_of(reference_of(random, n=20_000))
    prediction, features, outcome = drawn(random, 3000, favour=4)
    monitor.add(batch_of(prediction, features), NOW)
    estimate = monitor.view(NOW).part(EstimatedErrorsView).windows["1h"].estimates[MAE]
    truth = np.abs(prediction - outcome).mean()
    assert estimate.value == pytest.approx(truth, rel=0.06)
    assert estimate.lower < truth < estimate.upper
    before, _, came = drawn(random, 20_000)
    assert estimate.value > 1.3 * np.abs(before - came).mean()


def test_too_few_samples_are_unknown():
    """Below the minimum number of samples there is no estimate."""
    random = np.random.default_rng(5)
    monitor = monitor_of(reference_of(random))
    monitor.add(batch_of(*drawn(random, 49)[:2]), NOW)
    window = monitor.view(NOW).part(EstimatedErrorsView).windows["1h"]
    assert window.samples == 49
    assert np.isnan(window.estimates[MAE]).all()


def test_a_model_without_outcomes_in_its_reference_has_no_estimate():
    """Nothing is estimated if nothing was learned, or if the configuration says that numbers are classes."""
    random = np.random.default_rng(5)
    without = monitor_of(reference_of(random, with_outcome=False))
    classes = monitor_of(reference_of(random), task="classification")
    for monitor in (without, classes):
        monitor.add(batch_of(*drawn(random, 100)[:2]), NOW)
        assert monitor.view(NOW).part(EstimatedErrorsView) is None


def test_predictions_beyond_the_reference_are_counted():
    """The share of predictions that the reference never had is shown."""
    random = np.random.default_rng(6)
    monitor = monitor_of(reference_of(random))
    prediction, features, _ = drawn(random, 100)
    prediction[:25] = 1000.0
    monitor.add(batch_of(prediction, features), NOW)
    assert monitor.view(NOW).part(EstimatedErrorsView).windows["1h"].beyond_ratio == 0.25
