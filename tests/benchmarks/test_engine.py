"""The engine of the benchmarks judges as often as a monitor does: a benchmark that never looks finds no alarms."""

import sys
from pathlib import Path

import numpy as np
import pytest
from inference_exporter.config.schema import DEFAULT_WINDOWS
from inference_exporter.reference.reference import build
from inference_exporter.verdict.budget import pause_seconds

sys.path.insert(0, str(Path(__file__).parent / "peers_runners"))  # no package: peers run it without ours
from engine import START, Engine, ScreenedEngine

HOURS = 2


@pytest.fixture(params=[Engine, ScreenedEngine])
def engine(request):
    """An engine over one normal feature."""
    return request.param(
        build({"x": np.random.default_rng(0).normal(size=2_000)}, 2_000, created=START), DEFAULT_WINDOWS
    )


def fed(engine, mean=0.0):
    """Feed 50 samples a minute and ask at every minute; return whether anything was declared."""
    random = np.random.default_rng(1)
    located = engine.locate({"x": random.normal(mean, 1, HOURS * 3_000)}, HOURS * 3_000)
    declared = []
    for minute in range(HOURS * 60):
        rows = np.arange(minute * 50, (minute + 1) * 50)
        engine.feed(located.counts(rows, engine.grid.n_cells), located.sums(rows), START + 60.0 * minute)
        declared.append(engine.at(START + 60.0 * minute).any())
    return any(declared)


@pytest.mark.slow
def test_every_due_look_is_taken(engine):
    """In some hours the shortest window alone is looked at each time that its pause has passed."""
    assert not fed(engine)
    assert engine.looks >= HOURS * 3600 / pause_seconds(DEFAULT_WINDOWS[0].seconds)


@pytest.mark.slow
def test_drift_is_declared(engine):
    """A shift of one standard deviation is declared."""
    assert fed(engine, mean=1.0)
