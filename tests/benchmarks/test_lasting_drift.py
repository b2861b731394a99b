"""Drift that stays is named within one window length, whatever the rhythm."""

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path

import pytest


def loaded():
    """Return the benchmark, which lies in no package."""
    spec = importlib.util.spec_from_file_location("lasting_drift", Path(__file__).parent / "lasting_drift.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


LASTING_DRIFT = loaded()


@pytest.mark.slow
@pytest.mark.parametrize("data", LASTING_DRIFT.SETS, ids=lambda data: data.name)
def test_what_stays_is_named_within_one_window_length(shared_data, data):
    """A shift whose Kolmogorov-Smirnov statistic exceeds 0.5 is named by the time its window is full.

    It need not be where a stretch of the reference strays as far by itself: a summer is not drift. In weeks of real
    weather and demand natural variation reaches further than its farthest stretch, so there only months count.
    """
    counted_windows = ("28d",) if data.time else data.windows
    chosen = replace(data, windows=counted_windows)
    found = list(LASTING_DRIFT.run(*LASTING_DRIFT.table(shared_data, data), chosen, starts=2))
    counted = [each for each in found if each.ks > LASTING_DRIFT.ENOUGH_KS >= each.natural]
    assert counted
    assert [each for each in counted if not each.named] == []
