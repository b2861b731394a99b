"""Totals of joined predictions can be added and subtracted; the number of classes is bounded."""

import math

import numpy as np
import pytest
import scipy.special
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.measures.performance import CLASSIFICATION_MEASURES, REGRESSION_MEASURES
from inference_exporter.model.performance_totals import ClassificationAccumulator, RegressionAccumulator
from inference_exporter.values.classes import CLASSES_AT_MOST

CLASSES = ("a", "b", "c")
ROWS = st.lists(
    st.tuples(
        st.sampled_from([*CLASSES, None]),
        st.sampled_from(CLASSES),
        st.lists(st.floats(0, 1) | st.just(math.nan), min_size=3, max_size=3),
    ),
    max_size=30,
)


def added_up(card, rows):
    predictions, outcomes, scores = zip(*rows, strict=True) if rows else ((), (), ())
    columns = dict(zip(CLASSES, np.array(scores, dtype=float).reshape(-1, 3).T, strict=True))
    return card.add_up(
        card.encode_predictions(list(predictions)),
        card.encode_outcomes(list(outcomes)),
        card.encode_scores(columns, len(rows)),
    )


@given(ROWS, ROWS)
def test_sums_of_parts_are_sums_of_the_whole(one, other):
    """Vectors of two batches add up to those of both together, and can be subtracted again."""
    card = ClassificationAccumulator(CLASSES)
    first, second, both = added_up(card, one), added_up(card, other), added_up(card, one + other)
    np.testing.assert_array_equal(first[0] + second[0], both[0])
    np.testing.assert_allclose(first[1] + second[1], both[1], rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(both[0] - first[0], second[0])


@given(ROWS)
def test_each_row_is_counted_once(rows):
    """Every row with a prediction is one count of the confusion matrix, every score one of the ranking."""
    card = ClassificationAccumulator(CLASSES)
    totals = card.totals(*added_up(card, rows))
    assert totals.confusion.sum() == sum(prediction is not None for prediction, *_ in rows)
    given_scores = sum(score == score for *_, scores in rows for score in scores)
    assert sum(scores.n for scores in totals.scores.values()) == given_scores
    assert sum(scores.ranking.sum() for scores in totals.scores.values()) == given_scores


def test_many_known_classes_leave_room_for_the_rest():
    """A reference with many classes keeps the first; the others share a class, within the capacity."""
    card = ClassificationAccumulator([f"c{i:03d}" for i in range(100)])
    assert card.n_scores == CLASSES_AT_MOST
    codes = card.encode_outcomes([f"c{i:03d}" for i in range(100)])
    assert codes.max() == CLASSES_AT_MOST - 1
    counts, _ = card.add_up(codes, codes, np.full((100, card.n_scores), np.nan))
    assert counts[: CLASSES_AT_MOST**2].sum() == 100


EXTREME = st.sampled_from([1e160, -1e160, 1e308, -1.7e308, 1e-320, 5e-324, 0.0, 1e16])
VALUE = st.floats(-1e6, 1e6) | EXTREME
NUMBERS = st.lists(st.tuples(VALUE, VALUE), min_size=1, max_size=20)


def measured(counts, sums):
    totals = RegressionAccumulator().totals(counts.astype(int), sums)
    return {key: measure.compute(totals) for key, measure in REGRESSION_MEASURES.items()}


def added(rows):
    prediction, outcome = (np.array(side) for side in zip(*rows, strict=True))
    return RegressionAccumulator().add_up(prediction, outcome, np.empty((len(rows), 0)))


@given(NUMBERS, NUMBERS)
def test_what_is_corrected_leaves_every_measure_as_if_it_had_never_come(kept, wrong):
    """After outcomes of any size are undone, the measures are exactly those of the others."""
    alone, both, gone = added(kept), added(kept + wrong), added(wrong)
    np.testing.assert_equal(measured(both[0] - gone[0], both[1] - gone[1]), measured(*alone))


@given(NUMBERS)
def test_measures_of_any_numbers_are_numbers(rows):
    """Nothing raises or warns; errors are never negative, and unknown only if undefined."""
    values = measured(*added(rows))
    assert values["mean_absolute_error"] >= abs(values["bias"]) * (1 - 1e-12)
    assert values["root_mean_squared_error"] >= values["mean_absolute_error"] * (1 - 1e-12)
    assert math.isnan(values["r2"]) == (len({outcome for _, outcome in rows}) == 1)


def test_one_huge_outcome_is_measured():
    """The measures of 199 good outcomes and one of 1e160 are those of exact arithmetic, up to rounding."""
    values = measured(*added([(5.0, 5.0)] * 199 + [(0.0, 1e160)]))
    assert values["mean_absolute_error"] == pytest.approx(5e157, rel=1e-15)
    assert values["root_mean_squared_error"] == pytest.approx(1e160 / math.sqrt(200), rel=1e-15)
    assert values["bias"] == pytest.approx(-5e157, rel=1e-15)
    assert values["r2"] == pytest.approx(1 - 200 / 199, rel=1e-12)


@pytest.mark.parametrize("size", [1e200, 1.7e308])
def test_errors_beyond_floats_are_infinite_not_a_fault(size):
    """A percentage of almost nothing may be beyond floats: it is infinite, and the others stay finite."""
    values = measured(*added([(size, 5e-324), (size, -size)]))
    assert values["mean_absolute_percentage_error"] == math.inf
    assert math.isfinite(values["r2"])


def test_outcomes_that_are_not_numbers_are_reported():
    """A regression accepts numbers, also as text."""
    codes = RegressionAccumulator().encode_outcomes([1, "2.5", "tall", None, math.inf, True])
    assert np.isnan(codes).tolist() == [False, False, True, True, True, False]


SHAPES = {
    "margin": lambda z: z,
    "percent": lambda z: 100 * scipy.special.expit(z),
    "log-probability": scipy.special.log_expit,
}


@pytest.mark.parametrize("shape", SHAPES)
def test_scores_that_are_not_probabilities_keep_their_ranks(shape):
    """Margins, percentages and log-probabilities have the AUC of their probabilities; the others are NaN."""
    random = np.random.default_rng(3)
    came = random.random(4000) < 0.4
    z = random.normal(np.where(came, 1.0, -1.0), 1.5)
    found = {}
    for name, scores in {"probability": scipy.special.expit(z), shape: SHAPES[shape](z)}.items():
        card = ClassificationAccumulator(("no", "yes"))
        outcomes = card.encode_outcomes(np.where(came, "yes", "no").tolist())
        counts = card.add_up(outcomes, outcomes, card.encode_scores({"yes": scores}, len(scores)))
        found[name] = {key: m.compute(card.totals(*counts)) for key, m in CLASSIFICATION_MEASURES.items()}
    good, odd = found["probability"], found[shape]
    assert odd["roc_auc"]["yes"] == pytest.approx(good["roc_auc"]["yes"], abs=2e-3)
    assert good["non_probability_score_ratio"]["yes"] == 0 and odd["non_probability_score_ratio"]["yes"] > 0
    for key, name in (("brier_score", "yes"), ("calibration_error", "yes"), ("log_loss", "")):
        assert math.isfinite(good[key][name]) and math.isnan(odd[key][name])


def test_rounding_past_one_is_a_probability():
    """A 1 rounded to single precision is still a probability."""
    card = ClassificationAccumulator(("no", "yes"))
    yes = card.encode_outcomes(["yes"])
    totals = card.totals(*card.add_up(yes, yes, card.encode_scores({"yes": [1.0000001]}, 1)))
    assert CLASSIFICATION_MEASURES["brier_score"].compute(totals) == {"yes": 0.0}
