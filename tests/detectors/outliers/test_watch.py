"""Outliers in windows, and the most extreme of them."""

import math

import numpy as np
import pytest
from inference_exporter.config.schema import DriftConfig, ModelConfig, OutliersConfig, Window
from inference_exporter.detectors.outliers import watch
from inference_exporter.detectors.outliers.extreme import describe
from inference_exporter.model.monitor import Monitor
from inference_exporter.reference.reference import build
from unusual_samples import KEY, batch_of, like_the_reference

WINDOWS = (Window("1m", 60.0), Window("1h", 3600.0))
NOW = 1_800_000_000.0


@pytest.fixture
def monitor(reference):
    """Return a function that starts to watch a model."""

    def start(**outliers):
        config = ModelConfig("m", "1", drift=DriftConfig(minimum_samples=20), outliers=OutliersConfig(**outliers))
        return Monitor(KEY, config, WINDOWS, reference)

    return start


def strange(size, **parts):
    """Return samples with one value far from all of the reference, farther each time."""
    return batch_of(
        {"a": [0.1] * size, "b": [0.1] * size, "c": 1e4 * np.arange(1.0, size + 1), "d": ["x"] * size}, **parts
    )


def view(monitor, now=NOW):
    return monitor.view(now).parts["outliers"]


def test_clean_samples_are_outliers_at_the_expected_share(monitor):
    """About the expected share of samples like the reference's are outliers, and their inputs are not unusual."""
    watched = monitor()
    watched.add(like_the_reference(20_000, 2), NOW)
    window = view(watched).windows["1m"]
    assert window.samples == 20_000
    assert window.ratio == pytest.approx(view(watched).expected_ratio, abs=0.001)
    assert (window.unusual, view(watched).total) == (0, window.outliers)


def test_one_outlier_raises_nothing(monitor):
    """One sample of a million standard deviations is listed, but does not make the inputs unusual."""
    watched = monitor()
    watched.add(like_the_reference(60, 3), NOW)
    watched.add(strange(1, ids=["far"]), NOW)
    window = view(watched).windows["1m"]
    assert window.most_extreme[0].id == "far"
    assert window.unusual == 0


def test_many_outliers_are_unusual_until_they_leave_the_window(monitor):
    """A fifth of outliers is unusual in the short window, until they have left it."""
    watched = monitor()
    watched.add(like_the_reference(400, 4), NOW)
    watched.add(strange(100), NOW)
    assert view(watched).windows["1m"].unusual == 1
    watched.add(like_the_reference(400, 5), NOW + 90)
    later = view(watched, NOW + 90)
    assert later.windows["1m"].unusual == 0
    assert (later.windows["1h"].samples, later.total >= 100) == (900, True)
    assert all(outlier.time == NOW + 90 for outlier in later.windows["1m"].most_extreme)


def test_too_few_samples_are_unknown(monitor):
    """With too few samples for a verdict the state is unknown, though outliers are listed."""
    watched = monitor()
    watched.add(strange(5), NOW)
    window = view(watched).windows["1m"]
    assert math.isnan(window.ratio) and math.isnan(window.unusual) and math.isnan(window.excess_p_value)
    assert len(window.most_extreme) == 5


@pytest.mark.parametrize("keep", [0, 3])
def test_the_list_is_bounded(monitor, keep):
    """However many outliers arrive, only the most extreme are kept, the most extreme first."""
    watched = monitor(keep=keep)
    for _ in range(5):
        watched.add(strange(50, ids=[str(number) for number in range(50)]), NOW)
    extremes = view(watched).windows["1h"].most_extreme
    assert len(extremes) == keep
    assert {outlier.id for outlier in extremes} <= {"49"}
    held = watched._detectors._detectors["outliers"]._extremes["1h"]._slots
    assert all(len(slot) <= keep for slot in held.values())


def test_only_kept_outliers_are_described(monitor, monkeypatch):
    """In any order of arrival the same are kept, and one that others of its slot leave no room for costs nothing."""
    described = []
    monkeypatch.setattr(watch, "describe", lambda *arguments: described.append(1) or describe(*arguments))
    samples = strange(50, ids=[str(number) for number in range(50)])
    kept = []
    for order in (range(50), reversed(range(50))):
        watched = monitor(keep=3)
        for place in order:
            watched.add(samples.take(np.array([place])), NOW)
        kept.append([outlier.id for outlier in view(watched).windows["1h"].most_extreme])
    assert kept == [["49", "48", "47"]] * 2
    assert len(described) == 50 + 3


@pytest.mark.slow
def test_slots_that_left_are_forgotten(monitor):
    """After a long time only the slots of one window remain."""
    watched = monitor()
    for step in range(200):
        watched.add(strange(1), NOW + 10 * step)
    held = watched._detectors._detectors["outliers"]._extremes
    assert {name: len(extreme._slots) <= 31 for name, extreme in held.items()} == {"1m": True, "1h": True}


def test_late_samples_count_where_they_belong(monitor):
    """A late sample counts in the windows that still cover its time."""
    watched = monitor()
    watched.add(like_the_reference(50, 6), NOW)
    late = strange(30)
    late.times[:] = NOW - 600
    watched.add(late, NOW)
    assert [len(window.most_extreme) > 5 for window in view(watched).windows.values()] == [False, True]


def test_the_share_says_how_rare_an_outlier_is(monitor):
    """As many clean samples are outliers as configured, even if that is rarer than one row of the reference."""
    ratios = []
    for share in (0.01, 0.001, 1e-6):
        watched = monitor(share=share)
        watched.add(like_the_reference(20_000, 7), NOW)
        ratios.append(view(watched).windows["1m"].ratio)
    assert ratios[0] == pytest.approx(0.008, rel=0.4)
    assert 0 < ratios[1] < 0.003
    assert ratios[2] < 1e-4


def test_a_reference_without_the_trait_is_not_watched():
    """A reference without traits has no outliers, and everything else works."""
    built = build({"a": np.arange(300.0)}, 300)
    watched = Monitor(KEY, ModelConfig("m", "1"), WINDOWS, built)
    watched.add(batch_of({"a": np.arange(100.0)}), NOW)
    assert "outliers" not in watched.view(NOW).parts
