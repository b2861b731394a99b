"""Measures of classifiers against scikit-learn."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from inference_exporter.measures.performance import CLASSIFICATION_MEASURES
from inference_exporter.model.performance_totals import RANKING_EDGES, ClassificationAccumulator
from sklearn import metrics


def measured(predictions, outcomes, scores, known=()):
    """Return every measure of a classifier, by measure and class."""
    card = ClassificationAccumulator(known)
    encoded = card.encode_predictions(predictions), card.encode_outcomes(outcomes)
    totals = card.totals(*card.add_up(*encoded, card.encode_scores(scores, len(outcomes))))
    return {key: measure.compute(totals) for key, measure in CLASSIFICATION_MEASURES.items()}


def drawn(seed, n_classes, rows):
    """Return outcomes, scores (each row sums to 1) and predictions of a model that is better than chance."""
    rng = np.random.default_rng(seed)
    names = np.array([f"class {i}" for i in range(n_classes)])
    outcome = rng.integers(0, n_classes, rows)
    raw = rng.gamma(0.5, size=(rows, n_classes)) + np.eye(n_classes)[outcome] * rng.random((rows, 1))
    scores = raw / raw.sum(axis=1, keepdims=True)
    return names, names[outcome], scores, names[scores.argmax(axis=1)]


CASES = st.tuples(st.integers(0, 10_000), st.integers(2, 6), st.integers(2, 300))


@pytest.mark.slow
@given(CASES)
def test_agree_with_scikit_learn(case):
    """Every measure of each class, two classes or many."""
    names, outcome, scores, prediction = drawn(*case)
    columns = dict(zip(names.tolist(), scores.T, strict=True))
    ours = measured(prediction.tolist(), outcome.tolist(), columns, names.tolist())
    assert ours["accuracy_ratio"][""] == pytest.approx(metrics.accuracy_score(outcome, prediction))
    precision, recall, f1, _ = metrics.precision_recall_fscore_support(
        outcome, prediction, labels=names, zero_division=np.nan
    )
    for key, expected in (("precision_ratio", precision), ("recall_ratio", recall), ("f1_ratio", f1)):
        assert [ours[key][name] for name in names] == pytest.approx(expected.tolist(), nan_ok=True), key
    assert ours["log_loss"][""] == pytest.approx(metrics.log_loss(outcome, scores, labels=names), rel=1e-6)
    recalls = recalls_of(outcome, prediction)
    assert ours["balanced_accuracy_ratio"][""] == pytest.approx(np.mean(recalls))
    if len(set(outcome)) > 1 and len(set(prediction)) > 1:
        assert ours["matthews_correlation"][""] == pytest.approx(metrics.matthews_corrcoef(outcome, prediction))
    else:
        assert math.isnan(ours["matthews_correlation"][""])
    for index, name in enumerate(names):
        hit, score = outcome == name, scores[:, index]
        others = metrics.recall_score(~hit, prediction != name, zero_division=np.nan)
        assert ours["specificity_ratio"][name] == pytest.approx(others, nan_ok=True)
        if hit.any():
            cells = np.searchsorted(RANKING_EDGES, score, side="right")
            assert ours["average_precision"][name] == pytest.approx(metrics.average_precision_score(hit, cells))
        assert ours["brier_score"][name] == pytest.approx(np.square(score - hit).mean(), rel=1e-9)
        assert ours["calibration_error"][name] == pytest.approx(calibration_error(hit, score), rel=1e-9, abs=1e-12)
        if 0 < hit.sum() < len(hit):
            expected = metrics.roc_auc_score(hit, score)
            assert ours["roc_auc"][name] == pytest.approx(expected, abs=ties(hit, score) + 1e-12)
        else:
            assert math.isnan(ours["roc_auc"][name])


def recalls_of(outcome, prediction):
    """Return the recall of each class that occurred."""
    return metrics.recall_score(outcome, prediction, labels=np.unique(outcome), average=None)


def calibration_error(hit, score):
    """Return the mean gap between score and frequency over ten equal buckets, one by one."""
    gap = 0.0
    for number in range(10):
        inside = (score >= number / 10) & ((score < (number + 1) / 10) | (number == 9))
        if inside.any():
            gap += inside.mean() * abs(score[inside].mean() - hit[inside].mean())
    return gap


def ties(hit, score):
    """Return half the probability that a positive and a negative share a cell: the documented error of the AUC."""
    cells = np.searchsorted(RANKING_EDGES, score, side="right")
    positive, negative = (np.bincount(cells[which], minlength=len(RANKING_EDGES) + 1) for which in (hit, ~hit))
    return float((positive * negative).sum() / (positive.sum() * negative.sum()) / 2)


def test_the_area_is_close_where_scores_crowd():
    """Scores that are nearly all tiny, as in fraud, are still distinguished."""
    rng = np.random.default_rng(0)
    hit = rng.random(20_000) < 0.01
    score = 1 / (1 + np.exp(-(rng.normal(-8, 1.5, 20_000) + hit * 2.0)))
    ours = measured([None] * 20_000, np.where(hit, "yes", "no").tolist(), {"yes": score}, ["no", "yes"])
    assert ours["roc_auc"]["yes"] == pytest.approx(metrics.roc_auc_score(hit, score), abs=0.002)


@given(st.integers(0, 1000), st.integers(2, 100))
def test_one_score_of_two_classes_is_enough(seed, rows):
    """If only the positive class's score is sent, the other's is its complement."""
    rng = np.random.default_rng(seed)
    hit, score = rng.random(rows) < 0.5, rng.random(rows)
    ours = measured([None] * rows, np.where(hit, "yes", "no").tolist(), {"yes": score}, ["no", "yes"])
    assert ours["log_loss"][""] == pytest.approx(metrics.log_loss(hit, score, labels=[False, True]), rel=1e-6)


def test_one_score_of_three_classes_is_not():
    """With three classes, the complement of one score is not another's: such an outcome has no log loss."""
    ours = measured(["a", "a"], ["a", "b"], {"a": np.array([0.7, 0.7])}, ["a", "b", "c"])
    assert ours["log_loss"][""] == pytest.approx(-math.log(0.7))


def test_scores_of_zero_and_one_have_a_finite_loss():
    """A model that was certain and wrong pays much, not infinity; the limit is scikit-learn's."""
    ours = measured(["a"], ["b"], {"a": np.array([1.0]), "b": np.array([0.0])}, ["a", "b"])
    expected = metrics.log_loss(["b"], [[1.0, 0.0]], labels=["a", "b"])
    assert ours["log_loss"][""] == pytest.approx(expected, rel=1e-6)


@given(st.integers(0, 1000))
def test_everything_stays_in_its_range(seed):
    """Ratios and areas are shares, losses are non-negative, whatever the scores (even beyond 0 to 1)."""
    rng = np.random.default_rng(seed)
    names, outcome, scores, prediction = drawn(seed, 3, 50)
    wild = scores * rng.choice([1.0, -3.0, 5.0, math.nan, math.inf], scores.shape)
    ours = measured(prediction.tolist(), outcome.tolist(), dict(zip(names.tolist(), wild.T, strict=True)))
    assume(any(not math.isnan(value) for value in ours["roc_auc"].values()))
    for key, values in ours.items():
        known = [value for value in values.values() if not math.isnan(value)]
        low, high = CLASSIFICATION_MEASURES[key].range
        assert all(low <= value <= high for value in known), key


def test_without_outcomes_all_is_unknown():
    """A window without joined outcomes measures NaN, not zero."""
    ours = measured([], [], {}, ["a", "b"])
    assert all(math.isnan(value) for values in ours.values() for value in values.values())
