"""What changed, as the page and the JSON tell it."""

import numpy as np
import pytest
from inference_exporter.page.explained import changed, what_changed, window_explanation


@pytest.fixture
def drifted(watched):
    """Return a view of a model of which the amount drifted, and the countries less."""
    model = watched()
    rng = np.random.default_rng(4)
    countries = rng.choice(["FR", "DE", "ES", "IT", "PL"], 600, p=[0.1, 0.6, 0.15, 0.1, 0.05]).tolist()
    features = {"amount": rng.normal(70, 10, 600), "hour": rng.integers(0, 24, 600).astype(float), "country": countries}
    model.add(600, features=features)
    return model.view()


def test_what_matters_most_comes_first(drifted):
    """The drifted features have a card each, the greatest impact first; what has not drifted has none."""
    assert [change.title for change in what_changed(drifted.windows[0].histograms)] == ["amount", "country"]


def test_a_card_shows_few_moves(drifted):
    """A card has room for three lines; each is a share before and after."""
    (change,) = changed(drifted.windows[0].histograms, [2])
    assert change.picture.count("<g>") == min(3, len(change.explanation.moves))
    assert "30% → " in change.picture
    assert 'aria-label="What moved most in country: share before and after"' in change.picture


def test_outputs_are_told_where_no_feature_drifted(watched):
    """Where the answers alone changed, that is what changed."""
    model = watched()
    model.add(600, prediction=["no"] * 600)
    assert [change.title for change in what_changed(model.view().windows[0].histograms)] == ["prediction"]


def test_every_drifted_column_is_in_the_json(drifted):
    """The JSON has all that drifted, the features with a rank by impact."""
    why = window_explanation(drifted, drifted.windows[0])
    assert [column.name for column in why.columns] == ["amount", "country"]
    assert [(top.rank, top.feature) for top in why.top_features] == [(1, "amount"), (2, "country")]
    assert why.top_features[0].impact > why.top_features[1].impact
    assert why.top_features[0].sentence == why.columns[0].sentence
    assert (why.compared_samples, why.window) == (600, "5m")


def test_what_is_not_compared_is_not_explained(watched):
    """While the reference is learned nothing is said of changes, but why."""
    view = watched(learning=True).view()
    why = window_explanation(view, view.windows[0])
    assert (why.columns, why.top_features, why.verdict.state) == ((), (), "learning_reference")
