"""Estimated errors beside the truth: what holds, and what has stopped holding."""

import dataclasses

import numpy as np
import pytest
from inference_exporter.model.error_check import error_breakdown_of
from inference_exporter.samples.batch import OutcomeBatch

from ..detectors.estimated_errors.rented import KEY, NOW, batch_of, drawn, monitor_of, reference_of


def check_of(monitor, name="1h"):
    """Return the comparison of a window."""
    return monitor.view(NOW).performance.checks[name]


def sent(monitor, random, n, times_worse=1.0):
    """Send samples with ids; returns predictions and outcomes."""
    prediction, features, outcome = drawn(random, n, times_worse=times_worse)
    ids = [f"{value}" for value in prediction]
    monitor.add(batch_of(prediction, features, ids=ids), NOW)
    return ids, prediction, outcome


def joined(monitor, ids, outcome):
    """Send outcomes."""
    monitor.join(OutcomeBatch(KEY, list(ids), np.array(outcome), np.full(len(ids), NOW)), NOW)


def test_the_estimate_holds_while_errors_are_as_in_the_reference():
    """Realised and estimated error of the same predictions agree."""
    random = np.random.default_rng(0)
    monitor = monitor_of(reference_of(random))
    ids, prediction, outcome = sent(monitor, random, 500)
    joined(monitor, ids, outcome)
    check = check_of(monitor)
    assert check.realised == pytest.approx(np.abs(prediction - outcome).mean(), rel=1e-12)
    assert check.gap == pytest.approx(check.realised - check.estimated.estimates["mean_absolute_error"].value)
    assert check.holds == 1


def test_errors_that_double_contradict_the_estimate():
    """Concept drift, which no estimate sees, is what the comparison shows."""
    random = np.random.default_rng(1)
    monitor = monitor_of(reference_of(random))
    ids, _, outcome = sent(monitor, random, 500, times_worse=2.0)
    assert np.isnan(check_of(monitor).holds)
    joined(monitor, ids, outcome)
    assert check_of(monitor).holds == 0
    assert check_of(monitor).gap > 0


@pytest.mark.slow
def test_errors_that_halve_contradict_it_too():
    """An estimate is wrong as well if errors are much smaller."""
    random = np.random.default_rng(1)
    monitor = monitor_of(reference_of(random))
    ids, _, outcome = sent(monitor, random, 500, times_worse=0.4)
    joined(monitor, ids, outcome)
    assert check_of(monitor).holds == 0


@pytest.mark.slow
def test_only_predictions_with_an_outcome_are_compared():
    """Estimate and truth are of the same predictions, and too few of them are unknown."""
    random = np.random.default_rng(2)
    monitor = monitor_of(reference_of(random))
    ids, _, outcome = sent(monitor, random, 500)
    joined(monitor, ids[:49], outcome[:49])
    check = check_of(monitor)
    assert (check.estimated.samples, check.known) == (49, False)
    assert np.isnan([check.holds, check.gap]).all()


@pytest.mark.slow
def test_a_correction_replaces_the_outcome_exactly():
    """An outcome of 1e160 that is corrected leaves no trace."""
    random = np.random.default_rng(3)
    monitor, other = (monitor_of(reference_of(np.random.default_rng(3))) for _ in range(2))
    ids, prediction, outcome = sent(monitor, random, 200)
    other.add(batch_of(prediction, {"age": ["new"] * 200, "other": np.zeros(200)}, ids=ids), NOW)
    joined(monitor, ids, np.where(np.arange(200) == 7, 1e160, outcome))
    joined(monitor, ids[7:8], outcome[7:8])
    joined(other, ids, outcome)
    assert check_of(monitor).realised == check_of(other).realised


def test_a_model_without_an_estimate_has_no_comparison():
    """A reference without outcomes has nothing to compare."""
    random = np.random.default_rng(4)
    monitor = monitor_of(reference_of(random, with_outcome=False))
    ids, _, outcome = sent(monitor, random, 100)
    joined(monitor, ids, outcome)
    assert monitor.view(NOW).performance.checks == {}


def test_cells_are_those_of_the_whole_grid():
    """The comparison locates few columns, and finds the cells that the window counts."""
    random = np.random.default_rng(5)
    reference = reference_of(random)
    reference = dataclasses.replace(reference, columns=reference.columns[::-1])
    monitor = monitor_of(reference)
    ids, _, outcome = sent(monitor, random, 300)
    joined(monitor, ids, outcome)
    window = monitor.view(NOW).parts["estimated_errors"].windows["1h"]
    assert (check_of(monitor).estimated.counts == window.counts).all()
    assert error_breakdown_of(None, 50) is None
