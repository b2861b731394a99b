import pickle

import numpy as np
import pytest

pd = pytest.importorskip("pandas", reason="the demo extra is not installed")
pytest.importorskip("sklearn", reason="the demo extra is not installed")

from inference_exporter.demo.model import feature_rows, train  # noqa: E402 - after the check that it can be imported
from inference_exporter.demo.names import CATEGORICAL, FEATURES, LATE, ON_TIME, SCORE_COLUMN, WEATHER  # noqa: E402
from inference_exporter.demo.train import minutes_table, reference_table  # noqa: E402


@pytest.fixture(scope="module")
def flights():
    random = np.random.default_rng(1)
    size = 2000
    numbers = {name: random.normal(size=size) for name in FEATURES if name not in CATEGORICAL}
    words = {name: random.choice(["a", "b"], size=size) for name in CATEGORICAL}
    table = pd.DataFrame({**words, **numbers, "id": range(size), "time": pd.Timestamp("2013-01-01", tz="UTC")})
    outcome = np.where((table["temp"] > 0.7) | (random.random(size) < 0.05), LATE, ON_TIME).astype(object)
    outcome[:10] = None  # cancelled
    return table.assign(outcome=outcome, delay_minutes=np.where(table["temp"] > 0.7, 40.0, 0.0))


@pytest.fixture(scope="module")
def models(flights):
    return train(flights)


@pytest.fixture(scope="module")
def model(models):
    return models.champion


def test_it_learns(model, flights):
    """The model finds the decisive feature, and predicts as many flights late as were late."""
    known = flights[flights["outcome"].notna()]
    called = np.array(model.predictions(model.scores(feature_rows(known))))
    assert (called == known["outcome"]).mean() > 0.9
    assert (called == LATE).mean() == pytest.approx((known["outcome"] == LATE).mean(), abs=0.02)


def test_it_answers_whatever_comes(model, flights):
    """Unseen categories and missing values get a score, as a broken feed requires."""
    rows = feature_rows(flights.head(1)).repeat(2, axis=0)
    rows[1] = None
    rows[0, FEATURES.index("carrier")] = "JBU"
    assert np.isfinite(model.scores(rows)).all()


def test_it_survives_its_file(model, flights):
    """The server reads what training wrote."""
    rows = feature_rows(flights)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).scores(rows), model.scores(rows))


def test_the_reference_is_built_from_features_answers_and_outcomes(model, flights):
    """One row per flight, including cancelled ones, with all columns for `reference build`."""
    table = reference_table(model, flights)
    assert list(table.columns) == ["id", "time", *FEATURES, "outcome", "prediction", SCORE_COLUMN]
    assert len(table) == len(flights)


def test_the_challenger_does_not_know_the_weather(models, flights):
    """The challenger's score depends on the schedule alone."""
    rows = feature_rows(flights)
    other = rows.copy()
    other[:, [FEATURES.index(name) for name in WEATHER]] = 1.0
    np.testing.assert_array_equal(models.challenger.scores(rows), models.challenger.scores(other))


def test_the_second_model_predicts_minutes(models, flights):
    """The regression finds what decides, and its table has the second model's flights only."""
    minutes = models.minutes.predict(feature_rows(flights))
    assert np.corrcoef(minutes, flights["delay_minutes"])[0, 1] > 0.9
    table = minutes_table(models, flights.assign(origin=np.where(flights.index % 2, "JFK", "EWR")))
    assert len(table) == len(flights) / 2
    assert {"outcome", "prediction"} <= set(table.columns)


def test_attributions_name_what_decides(model, flights):
    """Occluding the feature that decides changes the score most; a typical flight owes nothing to any feature."""
    rows = feature_rows(flights)[:200]
    attributions = model.attributions(rows, model.scores(rows))
    assert attributions.shape == (200, len(FEATURES))
    assert np.abs(attributions).mean(axis=0).argmax() == FEATURES.index("temp")
    typical = model.typical[None, :]
    np.testing.assert_allclose(model.attributions(typical, model.scores(typical)), 0.0, atol=1e-12)
