"""What a replay's report suggests and draws."""

import math

import pytest
from inference_exporter.replay.plots import TimeAxis, effect_lane
from inference_exporter.replay.report import suggested_threshold, suggestion_note


@pytest.mark.parametrize(
    ("clean", "calm", "suggested"),
    [
        (0.02, 0.051, 0.06),
        (0.2, 0.01, 0.2),
        (0.0, 0.0, 0.01),
        (0.02, 4.81, None),
        (0.02, 0.996, 1.0),
        (0.02, math.nan, None),
    ],
)
def test_a_suggested_threshold_never_switches_a_feature_off(clean, calm, suggested):
    """A suggestion lies above noise and calm times, but never where a shift of a standard deviation goes unseen."""
    assert suggested_threshold(clean, calm) == (None if suggested is None else pytest.approx(suggested))


def test_a_missing_suggestion_says_why():
    """Where calm times exceed every sensible threshold, words say what to do instead."""
    assert "use a longer reference" in suggestion_note(0.02, 4.81)
    assert suggestion_note(0.02, 0.9) == suggestion_note(0.02, math.nan) == ""


def test_a_lane_has_values_and_the_band():
    """The threshold and the base have their values, and natural variation is drawn with its own."""
    axis = TimeAxis(0.0, 100.0)
    lane = str(effect_lane(axis, "x", [0.0, 50.0], 50.0, [0.1, 0.3], [0.0, 1.0], 0.1, 0.2))
    assert '<text class="value"' in lane and ">0.1</text>" in lane and "peak 0.3" in lane
    assert "natural variation: up to 0.2" in lane
    assert 'class="natural"' not in str(effect_lane(axis, "x", [0.0, 50.0], 50.0, [0.1, 0.3], [0.0, 1.0], 0.1))
