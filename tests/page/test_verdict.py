"""Whether a model drifted, in one sentence."""

from dataclasses import replace

import numpy as np
import pytest
from inference_exporter.page.verdict import REASONS, verdict_of

STEADY = {"yes": np.linspace(0, 1, 4000)}


def verdict(model):
    """Return the verdict of the shortest window."""
    view = model.view()
    return verdict_of(view, view.windows[0])


def test_drift_is_counted(watched):
    """The sentence says how many features of how many drifted, and when."""
    model = watched()
    model.add(600, shift=2.0)
    assert verdict(model).state == "drifted"
    assert verdict(model).text == "1 of 3 features drifted in the last 5m"
    assert (verdict(model).drifted_features, verdict(model).features) == (1, 3)


def test_no_drift_is_said(watched):
    """A clean window gets a sentence that nothing drifted."""
    model = watched()
    model.add(600)
    assert verdict(model).state == "no_drift"
    assert verdict(model).text == "None of 3 features drifted in the last 5m"


def test_outputs_are_named(watched):
    """Drift of the prediction and of scores is named, with or without drifted features."""
    model = watched(scores=STEADY)
    model.add(600, shift=2.0, scores={"yes": np.full(600, 0.99)}, prediction=["no"] * 600)
    assert verdict(model).text == (
        "1 of 3 features drifted in the last 5m, and so did the prediction and the score of yes"
    )
    assert verdict(model).drifted_outputs == ("prediction", "yes")
    other = watched(scores=STEADY)
    other.add(600, scores={"yes": np.full(600, 0.99)})
    assert verdict(other).text == "The score of yes drifted in the last 5m, but none of 3 features did"
    assert verdict(other).state == "drifted"


def test_many_outputs_are_counted(watched):
    """The scores of many classes are not listed one by one."""
    classes = [f"c{place}" for place in range(6)]
    model = watched(scores={name: np.linspace(0, 1, 4000) for name in classes})
    model.add(600, scores={name: np.full(600, 0.99) for name in classes})
    assert verdict(model).text == "6 outputs drifted in the last 5m, but none of 3 features did"


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "No samples in the last 5m"),
        (12, "Too few samples in the last 5m: 12 of the 50 that a verdict needs"),
    ],
)
def test_too_few_samples_are_no_verdict(watched, size, text):
    """With too few samples the state is unknown, with their number, and never "no drift"."""
    model = watched()
    if size:
        model.add(size)
    assert verdict(model).state == "too_few_samples"
    assert verdict(model).text == text
    assert verdict(model).drifted_features is None


def test_learning_is_no_verdict(watched):
    """While the reference is learned, the sentence gives the progress."""
    model = watched(learning=True)
    model.add(340)
    assert verdict(model).state == "learning_reference"
    assert verdict(model).text == "Learning the reference: 340 of 1,000 samples"


def test_samples_that_made_the_reference_are_not_compared(watched):
    """Right after learning, the sentence does not claim that nothing came."""
    model = watched(learning=True)
    model.add(1000)
    assert verdict(model).text == "No samples since the reference was learned"


@pytest.mark.parametrize(
    ("names", "text"), [(["a"], "The one feature has not drifted in the last 5m"), ([], "No drift in the last 5m")]
)
def test_few_features_read_well(watched, names, text):
    """The sentence is correct with one feature or without features."""
    model = watched(features={name: np.linspace(0, 1, 500) for name in names}, rows=500, prediction=["yes", "no"] * 250)
    model.add(100, features={name: np.linspace(0, 1, 100) for name in names}, prediction=["yes", "no"] * 50)
    assert verdict(model).text == text


@pytest.mark.parametrize("reason", sorted(REASONS))
def test_other_reasons_are_told(watched, reason):
    """If there are enough samples but no verdict, the sentence gives the reason."""
    model = watched()
    model.add(600)
    view = model.view()
    window = replace(view.windows[0], histograms=replace(view.windows[0].histograms, fault=reason))
    told = verdict_of(view, window)
    assert (told.state, told.features) == (reason, None)
    assert told.text == f"No verdict on the last 5m: {REASONS[reason]}"
