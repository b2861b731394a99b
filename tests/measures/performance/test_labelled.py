"""Measures with labels, and those that need the detail of errors, against scikit-learn, numpy and scipy."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.config.performance import PerformanceConfig
from inference_exporter.measures.performance import LABELLED_MEASURES, REGRESSION_MEASURES
from inference_exporter.model.details import ErrorSums, Ranks
from inference_exporter.model.performance_totals import ClassificationAccumulator, RegressionAccumulator
from inference_exporter.model.settling import Joined
from sklearn import metrics
from sklearn.calibration import calibration_curve

LEVELS = PerformanceConfig(quantiles=(0.1, 0.5, 0.9))
ROUNDS = 100
LEAST_COVERAGE = 0.95 - 3 * math.sqrt(0.95 * 0.05 / ROUNDS) - 0.02  # normal limits of skewed errors cover a little less


def joined(prediction, outcome, scores=None):
    """Return rows as if they were joined."""
    prediction, outcome = np.asarray(prediction, dtype=np.float64), np.asarray(outcome, dtype=np.float64)
    nothing = np.zeros(len(outcome))
    return Joined(prediction, np.empty((len(outcome), 0)) if scores is None else scores, outcome, *[nothing] * 3)


def totals_of(prediction, outcome, n_features=0):
    """Return the totals of a regressor with their detail."""
    card, rows = RegressionAccumulator(n_features), joined(prediction, outcome)
    detail = ErrorSums(float(np.median(rows.outcome)) if len(rows.outcome) else 0.0)
    return detail.completed(card.totals(*card.add_up(rows.prediction, rows.outcome, rows.scores)), *detail.add_up(rows))


def drawn(rng, rows, centre=0.0):
    """Return predictions and outcomes with skewed errors that grow with the prediction."""
    prediction = rng.gamma(4.0, 25.0, rows)
    return prediction + centre, prediction * np.exp(rng.normal(0, 0.2, rows)) + rng.normal(2, 3, rows) + centre


@given(st.integers(0, 1000), st.integers(1, 200), st.sampled_from([0.0, 1e6]))
def test_pinball_loss_is_scikit_learns(seed, rows, centre):
    """The loss at each level, from sums alone."""
    prediction, outcome = drawn(np.random.default_rng(seed), rows, centre)
    found = LABELLED_MEASURES["pinball_loss"].compute(totals_of(prediction, outcome), LEVELS)
    for level in LEVELS.quantiles:
        expected = metrics.mean_pinball_loss(outcome, prediction, alpha=level)
        assert found[repr(level),].value == pytest.approx(expected, rel=1e-9)
        assert found[repr(level),].n == rows


@given(st.integers(0, 1000), st.integers(1, 200))
def test_quantiles_of_errors_are_numpys(seed, rows):
    """Quantiles of errors and of absolute errors, off by at most 1 % of themselves."""
    prediction, outcome = drawn(np.random.default_rng(seed), rows)
    for key, errors in (
        ("error_quantile", prediction - outcome),
        ("absolute_error_quantile", np.abs(prediction - outcome)),
    ):
        found = LABELLED_MEASURES[key].compute(totals_of(prediction, outcome), LEVELS)
        for level in LEVELS.quantiles:
            expected = np.quantile(errors, level, method="inverted_cdf")
            assert found[repr(level),].value == pytest.approx(expected, rel=0.0101)


@given(st.integers(0, 1000), st.integers(8, 200), st.integers(1, 5))
def test_adjusted_r2_follows_from_scikit_learns_r2(seed, rows, features):
    """R² with degrees of freedom in place of numbers of rows."""
    prediction, outcome = drawn(np.random.default_rng(seed), rows)
    expected = 1 - (1 - metrics.r2_score(outcome, prediction)) * (rows - 1) / (rows - features - 1)
    found = REGRESSION_MEASURES["adjusted_r2"].compute(totals_of(prediction, outcome, features))
    assert found == pytest.approx(expected, rel=1e-9)


def test_adjusted_r2_needs_more_outcomes_than_features():
    """Without degrees of freedom, or without knowing the features, it is unknown."""
    prediction, outcome = drawn(np.random.default_rng(1), 5)
    measure = REGRESSION_MEASURES["adjusted_r2"]
    for features in (0, 4, 9):
        totals = totals_of(prediction, outcome, features)
        assert math.isnan(measure.compute(totals))
        assert math.isnan(measure.interval(totals).lower)


@given(st.integers(0, 1000), st.integers(3, 200), st.sampled_from([0.0, 1e6]))
def test_the_error_of_r2_is_that_of_the_influence_function(seed, rows, centre):
    """The interval from sums is the one from the influence of each row, also for outcomes far from zero."""
    prediction, outcome = drawn(np.random.default_rng(seed), rows, centre)
    square, away = (prediction - outcome) ** 2, (outcome - outcome.mean()) ** 2
    ratio = square.mean() / away.mean()
    influence = (square - ratio * away) / away.mean()
    reach = 1.959964 * influence.std() / math.sqrt(rows) / ratio
    limits = REGRESSION_MEASURES["r2"].interval(totals_of(prediction, outcome))
    expected = (1 - ratio * math.exp(reach), 1 - ratio * math.exp(-reach))
    assert limits == pytest.approx(expected, rel=1e-4, abs=1e-6)


def test_intervals_cover_the_truth():
    """In 95 % of windows, up to the error of the simulation, the interval contains the value of many outcomes."""
    rng = np.random.default_rng(1)
    truth = totals_of(*drawn(rng, 200_000), 3)
    windows = [totals_of(*drawn(rng, 500), 3) for _ in range(ROUNDS)]
    for key in ("r2", "adjusted_r2", "root_mean_squared_error"):
        measure = REGRESSION_MEASURES[key]
        assert covered([measure.interval(each) for each in windows], measure.compute(truth)) >= LEAST_COVERAGE, key
    for key in ("pinball_loss", "error_quantile", "absolute_error_quantile"):
        compute = LABELLED_MEASURES[key].compute
        found = [compute(each, LEVELS) for each in windows]
        for names, expected in compute(truth, LEVELS).items():
            assert covered([each[names].limits for each in found], expected.value) >= LEAST_COVERAGE, (key, names)


def covered(limits, truth):
    """Return the share of intervals that contain the truth."""
    return np.mean([lower <= truth <= upper for lower, upper in limits])


def test_rows_without_detail_have_no_intervals():
    """As long as a window holds rows of an earlier release, what needs their detail is unknown, and the rest is not."""
    card, old = RegressionAccumulator(), joined([1.0, 2.0], [1.5, 2.5])
    detail, new = ErrorSums(0.0), joined([3.0], [3.5])
    counts, sums = (a + b for a, b in zip(*(card.add_up(*_columns(rows)) for rows in (old, new)), strict=True))
    totals = detail.completed(card.totals(counts, sums), *detail.add_up(new))
    assert REGRESSION_MEASURES["root_mean_squared_error"].compute(totals) == 0.5
    assert math.isnan(REGRESSION_MEASURES["root_mean_squared_error"].interval(totals).lower)
    pinball = LABELLED_MEASURES["pinball_loss"].compute(totals, LEVELS)["0.5",]
    assert (pinball.value, pinball.n, math.isnan(pinball.limits.lower)) == (0.25, 3, True)
    assert LABELLED_MEASURES["error_quantile"].compute(totals, LEVELS)["0.5",].n == 1


def _columns(rows):
    return rows.prediction, rows.outcome, rows.scores


def test_perfect_predictions_are_certain():
    """Without any error, R² is 1 and the root mean squared error 0, and so are their limits."""
    totals = totals_of([1.0, 2.0, 3.0], [1.0, 2.0, 3.0])
    assert REGRESSION_MEASURES["r2"].interval(totals) == (1.0, 1.0)
    assert REGRESSION_MEASURES["root_mean_squared_error"].interval(totals) == (0.0, 0.0)


@pytest.mark.parametrize("size", [1e160, 1e308])
def test_extreme_errors_leave_no_fault(size):
    """Errors whose fourth power is beyond the range of floats have a value, and limits or none."""
    totals = totals_of([size, 1.0, -size], [-size, 2.0, 3.0])
    for measure in REGRESSION_MEASURES.values():
        measure.compute(totals)
        if measure.interval:
            measure.interval(totals)
    for measure in LABELLED_MEASURES.values():
        if isinstance(totals, measure.of):
            assert measure.compute(totals, LEVELS)


def test_without_outcomes_all_is_unknown():
    """A window without joined outcomes measures NaN, not zero."""
    totals = totals_of([], [])
    for measure in LABELLED_MEASURES.values():
        if isinstance(totals, measure.of):
            found = measure.compute(totals, LEVELS)
            assert all(math.isnan(each.value) and each.n == 0 for each in found.values())


CLASSES = ("a", "b", "c", "d", "e", "f")


def classified(seed, rows, classes=CLASSES):
    """Return outcomes, the scores of all classes, and the totals of a classifier with their detail."""
    rng = np.random.default_rng(seed)
    card = ClassificationAccumulator(classes)
    scores = np.full((rows, card.n_scores), np.nan)
    scores[:, : len(classes)] = rng.dirichlet(np.ones(len(classes)), rows)
    outcome = rng.integers(0, len(classes), rows).astype(np.float64)
    prediction = scores[:, : len(classes)].argmax(axis=1).astype(np.float64)
    detail = Ranks(card.n_scores)
    totals = card.totals(*card.add_up(prediction, outcome, scores))
    totals = detail.completed(totals, *detail.add_up(joined(prediction, outcome, scores)))
    return outcome, scores[:, : len(classes)], totals


@given(st.integers(0, 1000), st.integers(2, 200))
def test_top_k_accuracy_is_scikit_learns(seed, rows):
    """The share of outcomes among the k highest scores, exactly; k of all classes is left out."""
    outcome, scores, totals = classified(seed, rows)
    found = LABELLED_MEASURES["top_k_accuracy_ratio"].compute(totals, PerformanceConfig(top_k=(1, 3, 6)))
    assert [*found] == [("1",), ("3",)]
    for (k,), estimate in found.items():
        expected = metrics.top_k_accuracy_score(outcome, scores, k=int(k), labels=np.arange(len(CLASSES)))
        assert estimate.value == pytest.approx(expected, abs=1e-12)
        assert estimate.n == rows
        assert estimate.limits.lower <= expected <= estimate.limits.upper


@given(st.integers(0, 1000), st.integers(1, 200))
def test_the_calibration_curve_is_scikit_learns(seed, rows):
    """Share of outcomes and mean score in ten bins; the numbers of outcomes add up."""
    outcome, scores, totals = classified(seed, rows)
    share = LABELLED_MEASURES["calibration_curve_ratio"].compute(totals, LEVELS)
    score = LABELLED_MEASURES["calibration_curve_score"].compute(totals, LEVELS)
    for place, name in enumerate(CLASSES):
        expected = calibration_curve(outcome == place, scores[:, place], n_bins=10)
        bins = [key for key in share if key[0] == name]
        assert [share[key].value for key in bins] == pytest.approx(expected[0], abs=1e-12)
        assert [score[key].value for key in bins] == pytest.approx(expected[1], abs=1e-9)
        assert sum(share[key].n for key in bins) == rows


def test_scores_that_are_not_probabilities_have_no_curve():
    """With a margin among them, the bins are unknown."""
    card, scores = ClassificationAccumulator(("no", "yes")), np.full((2, 4), np.nan)
    scores[:, 1] = [0.2, 3.0]
    totals = card.totals(*card.add_up(np.ones(2), np.ones(2), scores))
    found = LABELLED_MEASURES["calibration_curve_ratio"].compute(totals, LEVELS)
    assert all(math.isnan(each.value) and math.isnan(each.limits.lower) for each in found.values())


def test_a_class_without_scores_has_no_top_k():
    """A classifier that sends no scores has no ranking, rather than a bad one."""
    card = ClassificationAccumulator(CLASSES)
    totals = card.totals(*card.add_up(np.ones(2), np.ones(2), np.full((2, card.n_scores), np.nan)))
    assert LABELLED_MEASURES["top_k_accuracy_ratio"].compute(totals, LEVELS) == {}
