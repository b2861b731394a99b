"""Concept drift from joined outcomes: alarm, time of the change, and recovery."""

import json
import math

import numpy as np
import pytest
from inference_exporter.config.schema import ModelConfig, Window
from inference_exporter.durability.state import is_built
from inference_exporter.model.concept_drift import concept_drift_of
from inference_exporter.model.monitor import Monitor
from inference_exporter.reference.reference import build
from inference_exporter.samples.batch import Batch, ModelKey, OutcomeBatch
from inference_exporter.store.trees import Reader, Writer

KEY = ModelKey("m", "1", "champion")
NOW, HOUR = 1_800_000_000.0, 3600.0
CLASSES = {"accuracy_ratio": {"": 0.9}}
CONFIG = ModelConfig("m", "1")


def reference_of(performance, prediction=("a", "b") * 5000):
    features = {"x": np.arange(10_000.0)}
    return build(features, 10_000, prediction=list(prediction), created=NOW, performance=performance)


def hours(test, random, risk, first, number, outcomes=100):
    """Add some hours with so many outcomes each; returns the first hour with concept drift."""
    for hour in range(first, first + number):
        test.add((random.random(outcomes) < risk).astype(float), NOW + hour * HOUR)
        if test.view().drifted:
            return hour
    return None


def test_a_change_is_found_dated_and_over():
    """No alarm before the change; the alarm says when it was; after recovery the state is 0 and the count stays."""
    random = np.random.default_rng(0)
    test = concept_drift_of(CONFIG, reference_of(CLASSES), regression=False)
    assert hours(test, random, 0.1, 0, 200) is None
    found = hours(test, random, 0.25, 200, 100)
    assert found is not None and found < 215
    view = test.view()
    assert abs(view.changed - (NOW + 200 * HOUR)) < 5 * HOUR
    assert view.number == 1
    for hour in range(300, 500):
        test.add((random.random(100) < 0.1).astype(float), NOW + hour * HOUR)
    assert (test.view().drifted, test.view().number) == (0.0, 1)
    assert abs(test.view().changed - (NOW + 300 * HOUR)) < 100 * HOUR


def test_the_limit_is_the_references_risk_with_tolerance():
    """The limit is above the error ratio by the tolerance and by what the reference's size leaves open."""
    view = concept_drift_of(CONFIG, reference_of(CLASSES), regression=False).view()
    assert view.limit == pytest.approx(0.126, abs=0.001)
    assert view.drifted == 0.0


def test_a_pause_is_no_evidence():
    """Months without outcomes do not raise an alarm when outcomes come again."""
    test = concept_drift_of(CONFIG, reference_of(CLASSES), regression=False)
    for month in range(0, 60, 3):
        test.add(np.arange(10.0) == 0, NOW + month * 30 * 24 * HOUR)
    assert test.view().drifted == 0.0


def test_absolute_errors_of_a_regressor():
    """A regressor's mean absolute error is tested the same way, in its own unit; one huge error is not drift."""
    random = np.random.default_rng(1)
    prediction = np.arange(10_000.0) + 0.5
    reference = reference_of({"mean_absolute_error": {"": 5.0}}, prediction)
    test = concept_drift_of(CONFIG, reference, regression=True)
    assert test.view().limit == pytest.approx(5.5)
    for hour in range(100):
        test.add(np.abs(random.normal(0, 6.2, 50)), NOW + hour * HOUR)  # a mean absolute error of 4.9
    test.add(np.array([1e300]), NOW + 100 * HOUR)
    assert test.view().drifted == 0.0
    for hour in range(101, 160):
        test.add(np.abs(random.normal(0, 10.0, 50)), NOW + hour * HOUR)
    assert test.view().drifted == 1.0


def test_evidence_survives_a_restart():
    """A test that is restored in the middle goes on as if nothing had happened."""
    random = np.random.default_rng(2)
    whole, first = (concept_drift_of(CONFIG, reference_of(CLASSES), regression=False) for _ in range(2))
    losses = [(random.random(100) < 0.15).astype(float) for _ in range(40)]
    for hour, part in enumerate(losses[:20]):
        for test in (whole, first):
            test.add(part, NOW + hour * HOUR)
    writer = Writer(is_built)
    tree = json.loads(json.dumps(writer.tree(first)))
    restored = concept_drift_of(CONFIG, reference_of(CLASSES), regression=False)
    Reader(writer.arrays, lambda kind: None).fill(restored, tree)
    for hour, part in enumerate(losses[20:], 20):
        for test in (whole, restored):
            test.add(part, NOW + hour * HOUR)
    assert restored.view() == whole.view()
    assert whole.view().evidence > 0


@pytest.mark.parametrize("performance", [{}, {"accuracy_ratio": {"": math.nan}}])
def test_without_performance_of_the_reference_there_is_no_test(performance):
    """There is nothing to compare with, so nothing is claimed."""
    assert concept_drift_of(CONFIG, reference_of(performance), regression=False) is None


def test_joined_outcomes_are_tested_once():
    """Outcomes reach the test through the monitor; duplicates and corrections do not count again."""
    monitor = Monitor(KEY, CONFIG, (Window("1h", HOUR),), reference_of(CLASSES))
    for hour in range(20):
        when, ids = NOW + hour * HOUR, [f"{hour}-{row}" for row in range(50)]
        batch = Batch(50, KEY, np.full(50, when), features={"x": np.zeros(50)}, prediction=["a"] * 50, ids=ids)
        monitor.add(batch, when)
        for _ in range(2):
            monitor.join(OutcomeBatch(KEY, ids, ["b"] * 25 + ["a"] * 25, np.full(50, when)), when)
    concept = monitor.view(NOW + 20 * HOUR).performance.concept
    assert (concept.drifted, concept.number) == (1.0, 1)
    assert concept.changed <= NOW + HOUR
