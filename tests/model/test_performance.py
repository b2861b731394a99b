"""Realised performance: the task, and windows that forget their outcomes."""

import math

import numpy as np
import pytest
from inference_exporter.config.schema import ModelConfig, OutcomesConfig, Window
from inference_exporter.model.performance import Performance, accumulator_of
from inference_exporter.model.performance_totals import ClassificationAccumulator, RegressionAccumulator
from inference_exporter.reference.reference import build
from inference_exporter.samples.batch import Batch, ModelKey

NOW = 1_800_000_000.0
WINDOWS = (Window("5m", 300.0), Window("1h", 3600.0))


def batch(prediction=None, **columns):
    size = len(prediction if prediction is not None else next(iter(columns["scores"].values())))
    return Batch(size, ModelKey(), np.full(size, NOW), prediction=prediction, **columns)


CLASSES = build({}, 3, prediction=["a", "b", "a"])
NUMBERS = build({}, 3, prediction=[1.5, 2.5, 9.5])
WITHOUT = build({"x": [1, 2]}, 2)


@pytest.mark.parametrize(
    ("task", "reference", "prediction", "kind"),
    [
        ("auto", CLASSES, ["a"], ClassificationAccumulator),
        ("auto", NUMBERS, [1.0], RegressionAccumulator),
        ("auto", WITHOUT, ["a"], ClassificationAccumulator),
        ("auto", WITHOUT, [1, 0], RegressionAccumulator),
        ("auto", WITHOUT, [1.5], RegressionAccumulator),
        ("auto", None, [2.5], RegressionAccumulator),
        ("regression", WITHOUT, [1, 0], RegressionAccumulator),
        ("classification", NUMBERS, [1.5], ClassificationAccumulator),
    ],
)
def test_the_task_is_what_is_known_best(task, reference, prediction, kind):
    """The configuration decides, or the reference, or the first predictions; otherwise numbers are quantities."""
    assert type(accumulator_of(ModelConfig(task=task), reference, batch(prediction))) is kind


def test_scores_alone_are_a_classifiers():
    """A model that sends scores without predictions is a classifier."""
    card = accumulator_of(ModelConfig(), WITHOUT, batch(scores={"a": np.array([0.5])}))
    assert type(card) is ClassificationAccumulator


def test_known_classes_come_first():
    """The classes of the reference, from its predictions and its scores, are known from the start, in order."""
    reference = build({}, 3, prediction=["b", "a", "b"], scores={"c": np.array([0.1, 0.2, 0.3])})
    assert accumulator_of(ModelConfig(), reference, batch(["a"])).classes.names == ("a", "b", "c")


@pytest.fixture
def performance():
    performance = Performance(ClassificationAccumulator(["no", "yes"]), OutcomesConfig(100), WINDOWS)
    ids = [f"r{i}" for i in range(10)]
    assert performance.remember(batch(["yes"] * 10, ids=ids), np.full(10, NOW)) == ids
    return performance


def join(performance, ids, value, time, now):
    code = performance.accumulator.encode_outcomes([value])[0]
    return performance.join(list(ids), np.full(len(ids), code), np.full(len(ids), time), now).found


def test_windows_hold_what_was_joined_in_them(performance):
    """Outcomes count from when they are known, in each window, until they leave it."""
    assert join(performance, ["r0", "r1", "zz"], "yes", NOW + 60, NOW + 60).tolist() == [True, True, False]
    number, totals = performance.window("5m", NOW + 60)
    assert (number, np.trace(totals.confusion)) == (2, 2)
    assert performance.window("5m", NOW + 400)[0] == 0
    assert performance.window("1h", NOW + 400)[0] == 2


def test_a_correction_after_the_window_is_no_debt(performance):
    """Undoing what has left the window takes nothing from its present content."""
    join(performance, ["r0"], "yes", NOW, NOW)
    join(performance, ["r0"], "no", NOW + 1000, NOW + 1000)
    number, totals = performance.window("5m", NOW + 1000)
    assert number == 1
    assert totals.confusion.min() >= 0
    assert performance.window("1h", NOW + 1000)[0] == 1


def test_counters_hold_first_outcomes_only(performance):
    """A correction changes the windows; the counters since the start cannot decrease, and do not count twice."""
    join(performance, ["r0"], "yes", NOW, NOW)
    join(performance, ["r0"], "no", NOW + 1, NOW + 1)
    assert performance.view(NOW).confusion == {("yes", "yes"): 1}
    assert performance.view(NOW).delays.counts.sum() == 1


def test_samples_without_an_id_are_not_remembered(performance):
    """If only some samples of a batch have an id, those are remembered, with their own prediction."""
    ids = performance.remember(batch(["no", "yes", "no"], ids=[None, "x", None]), np.full(3, NOW))
    assert ids == ["x"]
    join(performance, ["x"], "yes", NOW, NOW)
    assert performance.view(NOW).confusion == {("yes", "yes"): 1}


def test_a_missing_prediction_is_no_pair(performance):
    """A sample with scores but without a prediction is not in the confusion matrix."""
    performance.remember(batch([None], ids=["x"], scores={"yes": np.array([0.9])}), np.full(1, NOW))
    join(performance, ["x"], "yes", NOW, NOW)
    _, totals = performance.window("5m", NOW)
    assert totals.confusion.sum() == 0
    assert totals.scores["yes"].n == 1
    assert not math.isnan(totals.log_loss_sum)
