"""Confidence intervals of realised performance: against references, and by how often they cover the truth."""

import math
from fractions import Fraction

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.measures.performance import CLASSIFICATION_MEASURES, REGRESSION_MEASURES
from inference_exporter.measures.performance._base import interval_of_mean
from inference_exporter.measures.performance._intervals import mean_of_shares, of_area, of_mean, wilson
from inference_exporter.model.details import ErrorSums
from inference_exporter.model.performance_totals import ClassificationAccumulator, RegressionAccumulator
from inference_exporter.model.settling import Joined

CLASSES = ("no", "yes")
ROUNDS = 400
LEAST_COVERAGE = 0.95 - 3 * math.sqrt(0.95 * 0.05 / ROUNDS)  # three standard errors of a simulation


@given(st.integers(0, 200), st.integers(1, 200))
def test_the_interval_of_a_share_is_scipys(part, whole):
    """Wilson's interval agrees with scipy's."""
    part = min(part, whole)
    expected = scipy.stats.binomtest(part, whole).proportion_ci(0.95, method="wilson")
    assert wilson(part, whole) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_without_cases_a_share_is_unknown():
    """A share of nothing has no limits, not the limits 0 and 1."""
    assert all(math.isnan(limit) for limit in (*wilson(0, 0), *mean_of_shares([]), *of_mean(1, 2.0, 4.0)))


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=50))
def test_the_interval_of_a_mean_uses_the_standard_error(values):
    """The interval reaches 1.96 standard errors to both sides, from exact sums and from floats."""
    exact = [Fraction(value) for value in values]
    limits = interval_of_mean(len(values), sum(exact), sum(value**2 for value in exact))
    reach = 1.959964 * scipy.stats.sem(values)
    assert limits.upper - limits.lower == pytest.approx(2 * reach, rel=1e-6, abs=1e-7)
    assert (limits.upper + limits.lower) / 2 == pytest.approx(np.mean(values), rel=1e-6, abs=1e-7)


@pytest.mark.parametrize("area", [0.0, 1.0])
def test_a_perfect_area_is_not_certain(area):
    """An area of 0 or 1 among few cases has an interval, that of a share of as many cases."""
    assert of_area(area, 0.0, 10) == wilson(10 * area, 10)


def drawn_classes(rng, rows):
    """Return scores that are probabilities, predictions by a threshold, and outcomes drawn with those probabilities."""
    score = rng.beta(1.0, 2.0, rows)
    return score, (score > 0.5).astype(float), (rng.random(rows) < score).astype(float)


def counted_classes(score, prediction, outcome):
    """Return the totals of a binary classifier."""
    card = ClassificationAccumulator(CLASSES)
    matrix = np.full((len(score), card.n_scores), np.nan)
    matrix[:, 0], matrix[:, 1] = 1 - score, score
    return card.totals(*card.add_up(prediction, outcome, matrix))


@pytest.mark.slow
@pytest.mark.parametrize("rows", [100, 1000])
def test_intervals_of_classifiers_cover_the_truth(rows):
    """In 95 % of windows, up to the error of the simulation, the interval contains the value of a million outcomes."""
    rng = np.random.default_rng(rows)
    truth = counted_classes(*drawn_classes(rng, 1_000_000))
    windows = [counted_classes(*drawn_classes(rng, rows)) for _ in range(ROUNDS)]
    for measure in CLASSIFICATION_MEASURES.values():
        if measure.interval is not None:
            for name, expected in measure.compute(truth).items():
                limits = [measure.interval(window)[name] for window in windows]
                covered = np.mean([lower <= expected <= upper for lower, upper in limits])
                assert covered >= LEAST_COVERAGE, (measure.key, name)


def drawn_numbers(rng, rows):
    """Return predictions and outcomes with skewed errors that grow with the prediction."""
    prediction = rng.gamma(4.0, 25.0, rows)
    return prediction, prediction * np.exp(rng.normal(0, 0.2, rows)) + rng.normal(2, 3, rows)


def counted_numbers(prediction, outcome):
    """Return the totals of a regressor of three features, with their detail."""
    card, detail, nothing = RegressionAccumulator(3), ErrorSums(100.0), np.zeros(len(outcome))
    rows = Joined(prediction, np.empty((len(outcome), 0)), outcome, nothing, nothing, nothing)
    return detail.completed(card.totals(*card.add_up(prediction, outcome, rows.scores)), *detail.add_up(rows))


@pytest.mark.slow
def test_intervals_of_regressors_cover_the_truth():
    """In 95 % of windows, up to the error of the simulation, the interval contains the value of a million outcomes."""
    rng = np.random.default_rng(1)
    truth = counted_numbers(*drawn_numbers(rng, 1_000_000))
    windows = [counted_numbers(*drawn_numbers(rng, 500)) for _ in range(ROUNDS)]
    for measure in REGRESSION_MEASURES.values():
        if measure.interval is not None:
            expected = measure.compute(truth)
            limits = [measure.interval(window) for window in windows]
            covered = np.mean([lower <= expected <= upper for lower, upper in limits])
            # Normal limits of skewed errors cover a little less.
            assert covered >= LEAST_COVERAGE - 0.015, measure.key


@given(st.integers(0, 500), st.integers(0, 30))
def test_the_value_lies_within_its_interval(seed, rows):
    """Limits are on their sides of the value, and unknown only with it or with a single outcome."""
    rng = np.random.default_rng(seed)
    totals = counted_classes(*drawn_classes(rng, rows))
    for measure in CLASSIFICATION_MEASURES.values():
        if measure.interval is not None:
            for name, (lower, upper) in measure.interval(totals).items():
                value = measure.compute(totals)[name]
                assert math.isnan(lower) or lower - 1e-12 <= value <= upper + 1e-12, measure.key


def test_squares_that_were_rounded_down_leave_no_width():
    """Equal values whose squares lost their last digits have a variance of 0, not a negative one."""
    limits = interval_of_mean(3, Fraction(3), Fraction(3) - Fraction(1, 2**40))
    assert (limits.lower, limits.upper) == (1.0, 1.0)
