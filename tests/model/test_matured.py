"""Performance by time of prediction: what counts, when, and how it is undone."""

import numpy as np
import pytest
from inference_exporter.config.schema import Window
from inference_exporter.model.matured import MaturedPerformance
from inference_exporter.model.performance_totals import ClassificationAccumulator, RegressionAccumulator
from inference_exporter.model.settling import Joined

NOW = 1_800_000_000.0
HOUR = 3600.0
WINDOWS = (Window("1h", HOUR),)


def joined(predicted, prediction, outcome):
    predicted, prediction, outcome = (np.array(each, dtype=float) for each in (predicted, prediction, outcome))
    return Joined(prediction, np.zeros((len(outcome), 0)), outcome, predicted, np.zeros(len(outcome)), predicted)


@pytest.fixture
def card():
    return RegressionAccumulator()


def number(matured, now):
    counts, _ = matured.window("1h", now)
    return int(counts[-1])


def test_a_prediction_counts_once_it_is_old_enough(card):
    """Outcomes that came early wait; those that come late count at once; both leave with their prediction's time."""
    matured = MaturedPerformance(card, WINDOWS, 2 * HOUR, 100)
    matured.book(card, joined([NOW - 1.5 * HOUR], [1], [3]), 1, NOW)
    matured.book(card, joined([NOW - 2.5 * HOUR], [2], [2]), 1, NOW)
    assert number(matured, NOW) == 1
    matured.mature(card, NOW + 0.55 * HOUR)
    assert number(matured, NOW + 0.55 * HOUR) == 1  # the first has come, the second has left
    assert number(matured, NOW + 2 * HOUR) == 0


@pytest.mark.parametrize("delay", [0.0, 3 * HOUR], ids=["mature", "waiting"])
def test_a_correction_undoes_the_earlier_outcome(card, delay):
    """A correction leaves no trace of what it replaces, whether that waits or counts."""
    matured = MaturedPerformance(card, WINDOWS, 1 * HOUR, 100)
    at = NOW + delay
    matured.book(card, joined([NOW - 1.2 * HOUR + delay], [1], [1e160]), 1, NOW)
    matured.book(card, joined([NOW - 1.2 * HOUR + delay], [1], [1e160]), -1, NOW)
    matured.book(card, joined([NOW - 1.2 * HOUR + delay], [1], [4]), 1, NOW)
    matured.mature(card, at)
    counts, sums = matured.window("1h", at)
    assert int(counts[-1]) == 1
    assert card.totals(counts[:-1], sums).absolute_error == 3


def test_those_that_wait_are_bounded(card):
    """Beyond the limit, the outcomes next to mature are dropped and counted."""
    matured = MaturedPerformance(card, WINDOWS, 10 * HOUR, 3)
    matured.book(card, joined([NOW - row for row in range(5)], range(5), range(5)), 1, NOW)
    assert matured.dropped == 2
    matured.mature(card, NOW + 10.1 * HOUR)
    assert number(matured, NOW + 10.1 * HOUR) == 3


def test_scores_come_along():
    """A classifier's scores wait with its outcomes."""
    card = ClassificationAccumulator(["no", "yes"])
    matured = MaturedPerformance(card, WINDOWS, HOUR, 100)
    scores = np.full((2, card.n_scores), np.nan)
    scores[:, 1] = [0.9, 0.2]
    times = np.array([NOW, NOW + 1])
    rows = Joined(np.array([1.0, 0.0]), scores, np.array([1.0, 0.0]), times, times, times)
    matured.book(card, rows, 1, NOW + 2)
    matured.mature(card, NOW + HOUR + 60)
    counts, sums = matured.window("1h", NOW + HOUR + 60)
    totals = card.totals(counts[:-1], sums)
    assert totals.scores["yes"].squared_error == pytest.approx(0.01 + 0.04)
