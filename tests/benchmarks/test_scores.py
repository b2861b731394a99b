"""How the comparison with peers counts: tested, since a table that flatters is worse than none."""

import importlib.util
import math
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def scores():
    """Return the module, which lies in no package."""
    path = Path(__file__).parent / "peers_runners" / "scores.py"
    spec = importlib.util.spec_from_file_location("peers_scores", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def stream(**changed):
    """Return a stream of 1,000 samples with two features, the first of which drifts from sample 350."""
    return {"id": "s", "kind": "k", "rows": 1000, "features": 2, "onset": 350, "drifted": ["a"]} | changed


def scored(scores, looks, **changed):
    """Return the score of looks at windows of 100."""
    return scores.score("tool", 100, [stream(**changed)], {"s": {"100": looks}}, 0.0)


def test_the_delay_runs_from_the_onset_to_the_end_of_the_window(scores):
    """A window that mixes both sides counts, by its last sample."""
    score = scored(scores, [(400, ["a"]), (500, ["a"])])
    assert (score.median_raw, score.median_heard, score.false_windows, score.windows) == (50, 50, 0, 3)


def test_another_feature_is_no_detection(scores):
    """Only a feature that changed is found; a verdict on the whole counts as well."""
    assert math.isinf(scored(scores, [(400, ["b"])]).median_raw)
    assert scored(scores, [(400, ["*"])]).median_raw == 50
    assert scored(scores, [(400, ["b"])], drifted=None).median_raw == 50


def test_an_alarm_before_the_onset_is_false_and_spoils_the_first_alarm(scores):
    """It counts against its stretch, and nobody can tell the true alarm that follows."""
    score = scored(scores, [(200, ["b"]), (400, ["a"])])
    assert (score.false_windows, score.false_features, score.features) == (1, 1, 6)
    assert score.median_raw == 50 and math.isinf(score.median_heard) and score.cried_wolf == 1


def test_every_look_of_a_stretch_is_charged_once(scores):
    """Many looks at one stretch make it false once, each feature once."""
    score = scored(scores, [(110, ["a"]), (120, ["a", "b"]), (290, ["a"])], onset=None, drifted=None)
    assert (score.false_windows, score.windows, score.false_features) == (2, 10, 3)


def test_never_is_infinite(scores):
    """A drift that nobody saw has no delay that could shorten a median."""
    score = scored(scores, [])
    assert math.isinf(score.median_raw) and score.detected == 0
