"""The estimate is compared with the truth for the same predictions."""

import math

import numpy as np
import pytest
from inference_exporter.config.schema import ModelConfig, Window
from inference_exporter.learning.learning import learn
from inference_exporter.model.monitor import Monitor
from inference_exporter.samples.batch import Batch, ModelKey, OutcomeBatch

KEY = ModelKey("m", "1", "champion")
NOW = 1_800_000_000.0
WINDOWS = (Window("5m", 300.0), Window("1h", 3600.0))


def batch_of(score, first=0):
    """Return samples with ids whose scores are the probability of yes."""
    prediction, ids = np.where(score > 0.5, "yes", "no").tolist(), [str(first + row) for row in range(len(score))]
    times = np.full(len(score), NOW)
    return Batch(len(score), KEY, times, features={"x": score}, prediction=prediction, scores={"yes": score}, ids=ids)


def outcomes_of(random, score, flipped=False):
    """Return outcomes that the scores predict; flipped, the opposite ones."""
    return np.where((random.random(len(score)) < score) != flipped, "yes", "no").tolist()


def monitor_of(random, outcome=True):
    score = random.random(5000)
    reference = learn(
        batch_of(score), in_order=False, created=NOW, outcome=outcomes_of(random, score) if outcome else None
    )
    return Monitor(KEY, ModelConfig("m", "1"), WINDOWS, reference)


def check_of(monitor):
    return monitor.view(NOW).performance.checks.get("5m")


def test_the_estimate_holds_until_the_concept_changes():
    """Shifted scores do not break the estimate; outcomes that the scores no longer predict do."""
    random = np.random.default_rng(0)
    monitor = monitor_of(random)
    score = random.beta(1, 2, 1000)
    monitor.add(batch_of(score), NOW)
    ids = [str(row) for row in range(1000)]
    monitor.join(OutcomeBatch(KEY, ids, outcomes_of(random, score), np.full(1000, NOW)), NOW)
    check = check_of(monitor)
    assert (check.rows, check.holds) == (1000, 1.0)
    assert abs(check.gap) < 0.05
    score = random.random(2000)
    monitor.add(batch_of(score, 1000), NOW)
    ids = [str(1000 + row) for row in range(2000)]
    monitor.join(OutcomeBatch(KEY, ids, outcomes_of(random, score, flipped=True), np.full(2000, NOW)), NOW)
    assert check_of(monitor).holds == 0.0
    assert check_of(monitor).gap < -0.2


def test_corrections_are_taken_back():
    """A corrected outcome counts once, with its last value."""
    random = np.random.default_rng(1)
    monitor = monitor_of(random)
    monitor.add(batch_of(np.full(100, 0.9)), NOW)
    ids = [str(row) for row in range(100)]
    for value in ("no", "yes"):
        monitor.join(OutcomeBatch(KEY, ids, [value] * 100, np.full(100, NOW)), NOW)
    assert (check_of(monitor).rows, check_of(monitor).right) == (100, 100)
    assert check_of(monitor).gap == pytest.approx(0.1, abs=0.05)


def test_few_outcomes_say_nothing():
    """Below the minimum of samples nothing is said."""
    random = np.random.default_rng(2)
    monitor = monitor_of(random)
    monitor.add(batch_of(random.random(20)), NOW)
    monitor.join(OutcomeBatch(KEY, ["0", "1"], ["yes", "no"], np.full(2, NOW)), NOW)
    assert math.isnan(check_of(monitor).holds)
    assert math.isnan(check_of(monitor).gap)


def test_a_model_without_estimates_has_no_check():
    """Without outcomes in the reference there is nothing to compare."""
    random = np.random.default_rng(3)
    monitor = monitor_of(random, outcome=False)
    monitor.add(batch_of(random.random(20)), NOW)
    assert check_of(monitor) is None
