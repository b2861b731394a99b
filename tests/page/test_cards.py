"""Cards: columns on the page."""

import numpy as np
import pytest
from inference_exporter.page.cards import cards_of, notes_about
from inference_exporter.page.columns import column_summaries, index_of


@pytest.fixture
def faulty(watched):
    """Return a window with each kind of data quality problem."""
    model = watched(scores={"": np.linspace(0, 1, 4000)})
    features = {
        "amount": np.concatenate([np.full(60, np.nan), np.full(40, np.inf), np.full(100, 1e6), np.full(400, 50.0)]),
        "hour": np.full(600, 5.0),
        "country": ["Atlantis"] * 150 + ["FR"] * 449 + [None],
    }
    model.add(600, features=features, scores={"": np.linspace(0, 1, 600)})
    return model.view().windows[0].histograms


def test_notable_faults_are_told(faulty):
    """Each problem of more than a few values has a note; one missing value of 600 does not."""
    amount, hour, country = (set(notes_about(column)) for column in column_summaries(faulty, [0, 1, 2]))
    assert amount == {"10% missing", "6.67% invalid", "16.7% out of the reference's range"}
    assert hour == set()
    assert country == {"25% never seen before"}


def test_missing_is_told_beside_the_reference(watched):
    """A feature that is often missing in the reference has a note, even if it no longer is."""
    features = {"x": np.where(np.arange(1000) < 400, np.nan, 1.0)}
    model = watched(features=features, rows=1000, prediction=["yes", "no"] * 500)
    model.add(100, features={"x": np.ones(100)})
    column = column_summaries(model.view().windows[0].histograms, [0])[0]
    assert list(notes_about(column)) == ["0% missing (reference 40%)"]


def test_a_card_is_drawn(faulty):
    """A card has a histogram and a meter, each with a label for screen readers."""
    card = cards_of(faulty, [index_of(faulty, "feature", "amount")], "5m")[0]
    assert card.column.drifted
    assert 'aria-label="Distribution of amount: reference and last 5m"' in card.picture
    assert "is-drifted" in card.picture
    assert "threshold 0.1" in card.meter


def test_outputs_are_called_what_they_are(faulty):
    """The prediction and scores have titles; a class without a name is called blank."""
    indices = [index_of(faulty, "prediction", "prediction"), index_of(faulty, "score", "")]
    assert [card.title for card in cards_of(faulty, indices, "5m")] == ["prediction", "score of (blank)"]


def test_an_unknown_effect_is_not_drawn(watched):
    """With too few samples there is a histogram, but no meter, which would look like no drift."""
    model = watched()
    model.add(3)
    card = cards_of(model.view().windows[0].histograms, [0], "5m")[0]
    assert card.picture
    assert card.meter == ""
