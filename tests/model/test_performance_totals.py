"""What joined predictions add up to can be added and taken back; classes have an end."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.measures.performance import REGRESSION_MEASURES
from inference_exporter.model.performance_totals import (
    CLASSES_AT_MOST,
    OTHER_CLASS,
    ClassificationScorecard,
    ClassTable,
    RegressionScorecard,
)

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
    """Vectors of two batches add up to the vectors of both together, and can be taken back."""
    card = ClassificationScorecard(CLASSES)
    first, second, both = added_up(card, one), added_up(card, other), added_up(card, one + other)
    np.testing.assert_array_equal(first[0] + second[0], both[0])
    np.testing.assert_allclose(first[1] + second[1], both[1], rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(both[0] - first[0], second[0])


@given(ROWS)
def test_each_row_is_counted_once(rows):
    """Every row with a prediction is one count of the confusion matrix, every score one of the ranking."""
    card = ClassificationScorecard(CLASSES)
    totals = card.totals(*added_up(card, rows))
    assert totals.confusion.sum() == sum(prediction is not None for prediction, *_ in rows)
    given_scores = sum(score == score for *_, scores in rows for score in scores)
    assert sum(scores.n for scores in totals.scores.values()) == given_scores
    assert sum(scores.ranking.sum() for scores in totals.scores.values()) == given_scores


VALUES = st.none() | st.integers(-2, 9) | st.sampled_from(["a", "1", 1.0, 7.5, math.nan, [1], {}])


@given(st.lists(VALUES, max_size=20))
def test_classes_are_the_same_however_written(values):
    """1, 1.0 and "1" are one class; missing values and lists are none."""
    table = ClassTable()
    codes = table.encode(values)
    assert codes.shape == (len(values),)
    for value, code in zip(values, codes.tolist(), strict=True):
        if value is None or value != value or isinstance(value, list | dict):
            assert math.isnan(code)
        else:
            assert table.names[int(code)] == str(value).removesuffix(".0")


@pytest.mark.parametrize("known", [("0", "1"), ("false", "true"), ("False", "True"), ()])
def test_yes_is_yes_in_any_notation(known):
    """Outcomes that say true where the model says 1 are about the same two classes."""
    table = ClassTable(known)
    codes = table.encode(["1", True, 1, "true", 0, False, "false", "0"])
    assert len(set(codes[:4].tolist())) == len(set(codes[4:].tolist())) == 1
    assert codes[0] != codes[4]
    assert len(table.names) == 2


def test_classes_past_the_capacity_share_one():
    """A sender of ever new classes gets one for the rest, and how often is counted."""
    table = ClassTable(["known"], capacity=3)
    codes = table.encode(["known", "b", "c", "d", "c"])
    assert table.names == ("known", "b", OTHER_CLASS)
    assert codes.tolist() == [0, 1, 2, 2, 2]
    assert table.folded >= 2


def test_many_known_classes_leave_room_for_the_rest():
    """A reference of many classes keeps the first; the others share a class, within the capacity."""
    card = ClassificationScorecard([f"c{i:03d}" for i in range(100)])
    assert card.n_scores == CLASSES_AT_MOST
    codes = card.encode_outcomes([f"c{i:03d}" for i in range(100)])
    assert codes.max() == CLASSES_AT_MOST - 1
    counts, _ = card.add_up(codes, codes, np.full((100, card.n_scores), np.nan))
    assert counts[: CLASSES_AT_MOST**2].sum() == 100


MODERATE = st.floats(-1e6, 1e6, width=32, allow_subnormal=False)
NUMBERS = st.lists(st.tuples(MODERATE, MODERATE), min_size=1, max_size=20)


@given(NUMBERS, NUMBERS)
def test_what_is_taken_back_leaves_the_measures_sound(kept, taken):
    """After corrections the sums of what is left give measures that are numbers in their range."""
    card = RegressionScorecard(3.0)
    nothing = np.empty((0, 0))
    counts, sums = np.zeros(2), np.zeros(6)
    for sign, rows in ((1, kept), (1, taken), (-1, taken)):
        for prediction, outcome in rows:
            one = card.add_up(np.array([prediction]), np.array([outcome]), nothing)
            counts, sums = counts + sign * one[0], sums + sign * one[1]
    totals = card.totals(counts.astype(int), sums)
    values = {key: measure.compute(totals) for key, measure in REGRESSION_MEASURES.items()}
    assert values["root_mean_squared_error"] >= 0
    assert values["mean_absolute_error"] >= -1e-6


@pytest.mark.parametrize("size", [1e200, 1.7e308])
def test_huge_errors_are_infinite_not_a_fault(size):
    """Predictions and outcomes at the end of what floats hold: no warning, no exception."""
    card = RegressionScorecard()
    prediction, outcome = np.array([size, -size, size]), np.array([-size, size, 5e-324])
    totals = card.totals(*card.add_up(prediction, outcome, np.empty((3, 0))))
    values = {key: measure.compute(totals) for key, measure in REGRESSION_MEASURES.items()}
    assert values["root_mean_squared_error"] == math.inf
    assert all(isinstance(value, float) for value in values.values())


def test_outcomes_that_are_no_number_are_told():
    """A regression takes numbers, and text that is one."""
    codes = RegressionScorecard().encode_outcomes([1, "2.5", "tall", None, math.inf, True])
    assert np.isnan(codes).tolist() == [False, False, True, True, True, False]
