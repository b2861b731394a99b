"""A detector that fails affects only itself, whatever fails."""

import numpy as np
import pytest
from inference_exporter.config.schema import ModelConfig, Window
from inference_exporter.detectors import DETECTORS
from inference_exporter.detectors._base import DetectorKind
from inference_exporter.exposition import GROUPS
from inference_exporter.failures import Failures
from inference_exporter.model.monitor import Monitor
from inference_exporter.page.boards import board_of
from inference_exporter.page.query import Query
from inference_exporter.reference.reference import build
from inference_exporter.samples.batch import Batch, ModelKey

KEY = ModelKey("m", "1", "champion")
NOW = 1_800_000_000.0


class Toy:
    """Counts samples, and fails in one way."""

    def __init__(self, fails_at):
        self._fails_at, self.seen = fails_at, 0

    def _step(self, name):
        if name == self._fails_at:
            raise RuntimeError(f"toy fails at {name}")

    def prepare(self, batch, located):
        self._step("prepare")
        return batch.size

    def add(self, prepared, times, now):
        self._step("add")
        self.seen += prepared

    def view(self, now):
        self._step("view")
        return self.seen


def built(fails_at):
    if fails_at == "build":
        raise RuntimeError("toy cannot be made")
    return Toy(fails_at)


def monitor_of(failures):
    return Monitor(KEY, ModelConfig("m", "1"), (Window("5m", 300.0),), build({"a": np.arange(100.0)}, 100),
                   failures=failures)  # fmt: skip


def batch(size=60):
    return Batch(size, KEY, np.full(size, NOW), features={"a": np.arange(float(size))})


@pytest.mark.parametrize("fails_at", ["build", "prepare", "add", "view"])
def test_a_detector_that_fails_costs_itself_only(monkeypatch, fails_at):
    """Samples are counted, every other detector gives its view, and the failure is counted under the toy's name."""
    before = monitor_of(Failures())
    before.add(batch(), NOW)
    expected = set(before.view(NOW).parts)
    monkeypatch.setitem(DETECTORS, "toy", DetectorKind("toy", lambda watched: built(fails_at)))
    failures = Failures()
    watched = monitor_of(failures)
    watched.add(batch(), NOW)
    view = watched.view(NOW)
    assert view.windows[0].samples == view.windows[0].histograms.samples == 60
    assert set(view.parts) - {"toy"} == expected
    assert [(place.part, place.name, place.model) for place in failures.counts()] == [("detector", "toy", KEY)]


def test_a_detector_that_works_again_counts_again(monkeypatch):
    """A failure on one batch costs only that batch of that detector."""
    toy = Toy("prepare")
    monkeypatch.setitem(DETECTORS, "toy", DetectorKind("toy", lambda watched: toy))
    watched = monitor_of(Failures())
    watched.add(batch(), NOW)
    toy._fails_at = ""
    watched.add(batch(), NOW)
    assert watched.view(NOW).parts["toy"] == 60


@pytest.mark.parametrize("absent", list(DETECTORS))
def test_everything_else_is_shown_without_a_detector(monkeypatch, absent):
    """Exposition and page work without any one detector."""
    monkeypatch.setitem(DETECTORS, absent, DetectorKind(absent, lambda watched: built("build")))
    watched = monitor_of(Failures())
    watched.add(batch(), NOW)
    view, failures = watched.view(NOW), Failures()
    for group in GROUPS.values():
        assert list(group.families([view])) is not None
    board = board_of(Query(), [view], [], [0.5], NOW, failures)
    assert board.template == "model.html.j2"
    assert failures.counts() == {}
