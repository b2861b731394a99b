"""Explanations on the page and in the JSON."""

import numpy as np
import pytest
from inference_exporter.config.schema import ModelConfig, OutliersConfig
from inference_exporter.page.explained import changed, what_changed, window_explanation


@pytest.fixture
def drifted(watched):
    """Return a view of a model in which the amount drifted, and the country less."""
    model = watched()
    rng = np.random.default_rng(4)
    countries = rng.choice(["FR", "DE", "ES", "IT", "PL"], 600, p=[0.1, 0.6, 0.15, 0.1, 0.05]).tolist()
    features = {"amount": rng.normal(70, 10, 600), "hour": rng.integers(0, 24, 600).astype(float), "country": countries}
    model.add(600, features=features)
    return model.view()


def test_what_matters_most_comes_first(drifted):
    """Only drifted features have cards, by descending impact."""
    assert [change.title for change in what_changed(drifted, drifted.windows[0].histograms)] == ["amount", "country"]


def test_a_card_shows_few_moves(drifted):
    """A card shows up to three moves, each with its share before and after."""
    (change,) = changed(drifted, drifted.windows[0].histograms, [2])
    assert change.picture.count("<g>") == min(3, len(change.explanation.moves))
    assert "30% → " in change.picture
    assert 'aria-label="What moved most in country: share before and after"' in change.picture


def test_outputs_are_told_where_no_feature_drifted(watched):
    """If no feature drifted, the drifted outputs are explained."""
    model = watched()
    model.add(600, prediction=["no"] * 600)
    view = model.view()
    assert [change.title for change in what_changed(view, view.windows[0].histograms)] == ["prediction"]


def test_every_drifted_column_is_in_the_json(drifted):
    """The JSON has all drifted columns, and ranks features by impact."""
    why = window_explanation(drifted, drifted.windows[0])
    assert [column.name for column in why.columns] == ["amount", "country"]
    assert [(top.rank, top.feature) for top in why.top_features] == [(1, "amount"), (2, "country")]
    assert why.top_features[0].impact > why.top_features[1].impact
    assert why.top_features[0].sentence == why.columns[0].sentence
    assert (why.compared_samples, why.window) == (600, "5m")


def test_what_is_not_compared_is_not_explained(watched):
    """While the reference is learned, there is a reason instead of explanations."""
    view = watched(learning=True).view()
    why = window_explanation(view, view.windows[0])
    assert (why.columns, why.top_features, why.verdict.state) == ((), (), "learning_reference")


def test_new_categories_are_named_where_they_may_be(watched):
    """New categories are named if raw values may be kept."""
    config = ModelConfig(name="fraud", version="7", outliers=OutliersConfig(values="all"))
    model = watched(config)
    rng = np.random.default_rng(4)
    countries = ["PT", "FR", "DE", "FR", "ES", "FR"] * 100
    features = {"amount": rng.normal(50, 10, 600), "hour": rng.integers(0, 24, 600).astype(float), "country": countries}
    model.add(600, features=features)
    view = model.view()
    (column,) = window_explanation(view, view.windows[0]).columns
    assert column.new_categories == ("PT",)
    assert column.sentence.startswith("country has categories never seen before (PT): from 0% to 16.7% of the samples")
