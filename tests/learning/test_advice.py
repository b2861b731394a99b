"""What a data scientist should know before relying on a reference."""

from itertools import product

import numpy as np
import pytest
from inference_exporter.learning.advice import warnings_of
from inference_exporter.learning.learning import learn
from inference_exporter.samples.batch import Batch, ModelKey

N = 1200
DAY = 86400.0


def advice(feature, outcome=None, prediction=None, scores=None, name="x", timed=True):
    """Return the warnings of a reference with one feature."""
    random = np.random.default_rng(8)
    times = np.sort(random.random(N)) * 30 * DAY
    batch = Batch(N, ModelKey(), times, features={name: feature}, prediction=prediction, scores=scores or {})
    return warnings_of(learn(batch, in_order=timed, outcome=outcome, created=0.0))


def normal(seed=1):
    return np.random.default_rng(seed).normal(size=N)


OUTCOME = np.where(normal(2) > 0.5, "Yes", "No").tolist()
CODES = np.random.default_rng(3).choice([10115.0, 20095.0, 50667.0, 60311.0, 80331.0, 99084.0], size=N)


@pytest.mark.parametrize(
    ("feature", "name", "words"),
    [
        (CODES, "x", "x: whole numbers that look like codes"),
        (np.random.default_rng(3).integers(1, 9, N).astype(float), "store_type", "codes: name it in --categorical"),
        (np.full(N, 3.0), "x", "x: is constant"),
        (["a"] * N, "x", "x: is constant"),
        (np.where(np.arange(N) % 400 == 0, 7.0, 0.0), "x", "99.75 % of its values are the same"),
        (np.random.default_rng(3).permutation(N).astype(float), "x", "as of an identifier"),
        (np.random.default_rng(3).integers(1, 2**50, N).astype(float), "customer_id", "as of an identifier"),
        ([f"r-{place}" for place in range(N)], "x", "as of an identifier"),
        (np.arange(N) // 100 + 2000.0, "x", "only rises or falls with time"),
        (-np.arange(N) * 1.5 - 0.25, "x", "only rises or falls with time"),
        (np.arange(N) + 200 * np.random.default_rng(3).random(N), "x", "follows the time nearly always"),
    ],
    ids=["digits", "named code", "constant", "one category", "nearly constant", "row numbers", "named id",
         "unique texts", "year", "falling", "odometer"],
)  # fmt: skip
def test_a_doubtful_column_is_named_once(feature, name, words):
    """Each kind of doubtful column gets one warning that says what it is and what to do."""
    found = advice(feature, name=name)
    assert len(found) == 1
    assert words in found[0]


@pytest.mark.parametrize(
    ("feature", "words"),
    [
        (OUTCOME, "equals the outcome"),
        (np.where(np.array(OUTCOME) == "Yes", 5.0, 1.0) + normal() / 10, "predicts the outcome nearly perfectly"),
        ([f"code {answer}" for answer in OUTCOME], "predicts the outcome nearly perfectly"),
    ],
    ids=["equal", "number", "category"],
)
def test_a_feature_that_gives_the_outcome_away(feature, words):
    """A feature that is the outcome, or separates it alone, is named."""
    found = advice(feature, outcome=OUTCOME)
    assert len(found) == 1
    assert words in found[0]


def test_a_numeric_outcome_given_away():
    """A feature that is a multiple of a numeric outcome is named."""
    amount = np.abs(normal(4)) * 100
    assert "predicts the outcome" in advice(amount * 1.2, outcome=amount, prediction=amount + 5 * normal(6))[0]


def test_class_names_that_do_not_meet():
    """Scores of Yes, predictions 0 and 1, and outcomes Yes and No are pointed out; true and 1 are the same."""
    predictions = (normal(5) > 0).astype(int)
    found = advice(normal(), OUTCOME, predictions, {"Yes": np.random.default_rng(1).random(N)})
    assert [text.partition(":")[0] for text in found] == [
        "predictions are named “0”, “1”, scores “Yes”",
        "predictions are named “0”, “1”, outcomes “No”, “Yes”",
    ]
    assert advice(normal(), (normal(2) > 0).tolist(), predictions) == []
    assert advice(normal(), normal(2), normal(7)) == []


ORDINARY = {
    "normal": normal(),
    "counts": np.random.default_rng(5).poisson(2.0, N).astype(float),
    "amounts": np.round(np.random.default_rng(5).lognormal(5, 1, N)),
    "flag": (normal(3) > 1).astype(float),
    "rare flag": (np.random.default_rng(3).random(N) < 0.02).astype(float),
    "hour": np.random.default_rng(3).integers(0, 24, N).astype(float),
    "minutes": np.random.default_rng(4).integers(5, 60, N) * 5.0,
    "months": np.random.default_rng(4).integers(1, 13, N).astype(float),
    "shares": np.random.default_rng(6).random(N),
    "some missing": np.where(normal(4) > 1.5, np.nan, normal()),
    "category": np.random.default_rng(3).choice(["a", "b", "c"], N).tolist(),
}


@pytest.mark.parametrize(("name", "timed"), [*product(ORDINARY, [True, False])])
def test_ordinary_columns_raise_no_doubt(name, timed):
    """Counts, amounts, flags, hours, shares and categories are nothing to warn about."""
    assert advice(ORDINARY[name], OUTCOME, OUTCOME, name=name.replace(" ", "_"), timed=timed) == []
