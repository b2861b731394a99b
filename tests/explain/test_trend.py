"""Whether a window goes on as its reference's trend predicts, or leaves it."""

from functools import cache

import numpy as np
import pytest
from inference_exporter.config.schema import DriftConfig, ModelConfig, parse_window
from inference_exporter.explain.explanation import explain
from inference_exporter.explain.trend import trend_finding
from inference_exporter.explain.undecided import undecided
from inference_exporter.learning.learning import learn
from inference_exporter.model.histograms import Histograms
from inference_exporter.samples.batch import Batch, ModelKey

DAY = 86400.0
FIRST = 20_000 * DAY + np.arange(180 * 24) * 3600.0


def sent(times, level, random):
    features = {"x": level + random.normal(size=len(times)), "y": random.normal(size=len(times))}
    return Batch(len(times), ModelKey(), times, features=features)


@cache
def reference():
    """Return a reference in which x rises by 1.5 in 180 days."""
    return learn(sent(FIRST, 1.5 * np.arange(len(FIRST)) / len(FIRST), np.random.default_rng(0)), in_order=True)


def window(level, days_later, length="7d", **drift):
    """Return a window some days after the reference in which x is at a level."""
    histograms = Histograms(reference(), ModelConfig(drift=DriftConfig(**drift)), (parse_window(length),))
    times = FIRST[-1] + days_later * DAY + np.arange(7 * 24) * 3600.0
    batch = sent(times, level, np.random.default_rng(1))
    histograms.add(histograms.grid.locate(batch), times, times[-1])
    return histograms.view(length, times[-1])


def test_a_window_goes_on():
    """A window where the line leads says so, and predicts what it finds."""
    view = window(1.5 * 234 / 180, 50)
    finding = trend_finding(view, 0)
    assert finding.startswith("goes on as the reference's trend predicts: +")
    drifted = view.drifted[0] == 1
    assert finding in (explain(view, [0])[0].explanation.sentence if drifted else undecided(view, 0))


@pytest.mark.parametrize("level", [0.0, 0.75, 5.0], ids=["back", "middle", "beyond"])
def test_a_window_leaves(level):
    """A window far from the line leaves it, whether it drifted from the reference or is as the reference was."""
    view = window(level, 50)
    assert trend_finding(view, 0).startswith("leaves the reference's trend, which predicts +")
    drifted = view.drifted[0] == 1
    words = explain(view, [0])[0].explanation.sentence if drifted else undecided(view, 0)
    assert "leaves the reference's trend" in words


def test_other_windows_say_nothing():
    """No finding without a trend, far beyond the reference's time, in windows of minutes, or with another baseline."""
    assert trend_finding(window(0.75, 50), 1) == ""
    assert trend_finding(window(0.75, 400), 0) == ""
    assert trend_finding(window(0.75, 50, length="1h"), 0) == ""
    assert trend_finding(window(0.75, 50, baseline="rolling"), 0) == ""
