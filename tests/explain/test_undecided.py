"""Why a column that looks changed has not drifted."""

from dataclasses import replace

import numpy as np
import pytest
from inference_exporter.config.schema import DEFAULT_WINDOWS, ModelConfig
from inference_exporter.explain.undecided import effective_samples, sentence_of, undecided, visible
from inference_exporter.model.histograms import Histograms
from inference_exporter.reference.reference import build
from inference_exporter.samples.batch import Batch, ModelKey
from scipy.stats import norm

NOW = 2e9
RANDOM = np.random.default_rng(5)
REFERENCE = build({"x": RANDOM.normal(size=4000)}, 4000, created=0.0)


def seen(n, shift):
    """Return the day's window after n samples."""
    histograms = Histograms(REFERENCE, ModelConfig(), DEFAULT_WINDOWS)
    values = shift + norm.ppf((np.arange(n) + 0.5) / n)
    sent = Batch(n, ModelKey(), np.full(n, NOW), features={"x": values})
    histograms.add(histograms.grid.locate(sent), sent.times, NOW)
    return histograms.view("24h", NOW)


def test_nothing_to_explain():
    """A column that drifted, or in which nothing reaches a threshold, needs no reason."""
    assert undecided(seen(2000, 0.0), 0) == ""
    assert undecided(seen(2000, 2.0), 0) == ""


def test_too_few_samples_for_a_verdict():
    """Without a verdict the reason is that of the window."""
    assert undecided(seen(20, 2.0), 0) == "the window holds too few samples"


def test_chance():
    """A move that matters but is not significant names the number of samples, and what they are worth."""
    view = seen(60, 0.4)
    assert undecided(view, 0).endswith("but chance explains it: 60 samples are too few to rule it out")
    alike = replace(view, design={"location": np.array([3.0])})
    assert "worth 20 because neighbouring ones are alike" in undecided(alike, 0)


def test_natural_variation():
    """A move within the band says how far the band reaches, in multiples of the threshold."""
    view = seen(2000, 0.5)
    inside = replace(view, bands={"location": np.array([0.95]), "shape": np.array([9.0])},
                     verdict=replace(view.verdict, state=np.array([0.0])))  # fmt: skip
    assert "within natural variation, which explains up to" in undecided(inside, 0)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ((0.25, 0.031, np.nan), "a shift of 0.25 standard deviations, 3.1 points more missing values"),
        ((np.nan, np.inf, 0.02), "a new category of 2 %, no missing values"),
        ((np.inf, 0.02, np.inf), "no shift, no new category, 2 points more missing values"),
    ],
)
def test_smallest_changes_in_words(changes, words):
    """Changes that a column cannot have are left out; those that no window can show are listed as invisible."""
    assert sentence_of(*changes) == words


def test_what_a_window_sees():
    """Any window with samples says what it can see."""
    assert "standard deviations" in visible(seen(2000, 0.0), 0)


def test_a_histogram_that_natural_variation_moves():
    """A PSI that plots show above its threshold has a reason, though each sample is worth little."""
    view = seen(2000, 1.0)
    calm = replace(view, verdict=replace(view.verdict, state=np.array([0.0])))
    few = {key: np.array([1900.0]) for key in ("location", "scale", "shape")}
    inside = replace(calm, design=few, bands={"location": np.array([3.0]), "shape": np.array([9.0])})
    assert "within natural variation, which explains up to" in undecided(inside, 0)
    shape = replace(calm, design={"shape": np.array([1900.0])}, bands={"location": np.array([90.0])})
    assert "natural variation" in undecided(shape, 0)


def test_what_samples_are_worth():
    """Samples that are like their neighbours are worth fewer, at least one; without samples nothing is known."""
    view = seen(2000, 0.0)
    assert effective_samples(view, 0) == 2000
    assert effective_samples(replace(view, design_effects=np.array([40.0])), 0) == 50
    assert effective_samples(replace(view, design_effects=np.array([9e9])), 0) == 1
    assert np.isnan(effective_samples(replace(view, samples=0), 0))
