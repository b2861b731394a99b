"""Counts over the cells of units."""

import numpy as np
from inference_exporter.config.schema import ModelConfig, Window
from inference_exporter.detectors.units.unit_change import N_CELLS
from inference_exporter.detectors.units.watch import SLOTS
from inference_exporter.model.monitor import Monitor
from inference_exporter.reference.reference import build
from inference_exporter.samples.batch import Batch, ModelKey

KEY = ModelKey("m", "1", "champion")
WINDOWS = (Window("1h", 3600.0), Window("5m", 300.0), Window("24h", 86400.0))
WALL = 1_800_000_000.0


def amounts(seed, n, factor=1.0):
    return factor * np.random.default_rng(seed).lognormal(3, 0.6, n)


REFERENCE = build({"a": amounts(1, 3000), "flag": [0, 1] * 1500, "b": amounts(2, 3000)}, 3000, created=WALL)


def add(watched, features, when):
    size = len(next(iter(features.values())))
    watched.add(Batch(size, KEY, np.full(size, when), features=features), when)


def changes(watched, wall):
    windows = watched.view(wall).parts["units"].windows
    return {name: {feature: c.unit for feature, c in window.changes.items()} for name, window in windows.items()}


def test_the_shortest_and_the_longest_window_are_watched():
    """A change is reported per feature, in both windows; missing and infinite values are harmless."""
    watched = Monitor(KEY, ModelConfig("m", "1"), WINDOWS, REFERENCE)
    a = amounts(3, 300, 100)
    a[::5], a[1::50] = np.nan, np.inf
    add(watched, {"a": a, "flag": np.ones(300), "b": amounts(4, 300)}, WALL)
    assert changes(watched, WALL) == {"5m": {"a": "x100"}, "24h": {"a": "x100"}}


def test_a_repair_shows_in_the_shortest_window():
    """Once senders are fixed, the short window shows it."""
    watched = Monitor(KEY, ModelConfig("m", "1"), WINDOWS, REFERENCE)
    for seed in range(40):
        add(watched, {"a": amounts(seed, 300, 10)}, WALL)
    add(watched, {"a": amounts(5, 60)}, WALL + 1000)
    assert changes(watched, WALL + 1000) == {"5m": {}, "24h": {"a": "x10"}}


def test_single_samples_add_up():
    """Samples count the same one by one or in one batch."""
    watched = Monitor(KEY, ModelConfig("m", "1"), WINDOWS, REFERENCE)
    for value in amounts(3, 60, 0.1):
        add(watched, {"a": np.array([value]), "b": np.array([20.0])}, WALL)
    window = watched.view(WALL).parts["units"].windows["5m"]
    assert window.counts.sum(axis=1).tolist() == [60, 60]
    assert changes(watched, WALL)["5m"] == {"a": "x0.1"}


def test_memory_is_bounded():
    """A feature costs at most 128 counts a slot, however much arrives."""
    assert N_CELLS <= 128 and SLOTS <= 30


def test_a_model_without_numbers_has_no_units():
    """Categories have no units."""
    reference = build({"k": ["a", "b"] * 50}, 100, created=WALL)
    watched = Monitor(KEY, ModelConfig("m", "1"), WINDOWS, reference)
    assert "units" not in watched.view(WALL).parts
