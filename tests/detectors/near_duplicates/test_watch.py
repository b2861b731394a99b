"""Floods of near-duplicates, and probing."""

import math

import numpy as np
import pytest
from inference_exporter.config.schema import ModelConfig, Window
from inference_exporter.model.monitor import Monitor
from unusual_samples import KEY, copies, like_the_reference

WINDOWS = (Window("1m", 60.0), Window("1h", 3600.0))
NOW = 1_800_000_000.0


@pytest.fixture
def watched(reference):
    return Monitor(KEY, ModelConfig("m", "1"), WINDOWS, reference)


def in_window(monitor, now=NOW, window="1m"):
    return monitor.view(now).parts["repeats"].windows[window]


@pytest.mark.parametrize("size", [100, 300, 1000, 10_000])
def test_clean_samples_are_no_flood(watched, size):
    """Samples like the reference's are neither a flood nor probes, however many."""
    watched.add(like_the_reference(size, 2), NOW)
    window = in_window(watched)
    assert (window.samples, window.flood, window.probing) == (size, 0, 0)


@pytest.mark.parametrize(("share", "flood"), [(0.02, 0), (0.05, 0), (0.2, 1), (0.5, 1)])
def test_a_flood_is_seen_from_its_share(watched, share, flood):
    """Copies in a fifth of the traffic are a flood, in a twentieth they are not."""
    size = int(1000 * share)
    watched.add(like_the_reference(1000 - size, 3), NOW)
    watched.add(copies(size, ["low"] * size), NOW)
    window = in_window(watched)
    assert (window.flood, window.probing) == (flood, 0)
    assert window.near_duplicate_ratio == pytest.approx(max(share, 0.055), abs=0.02)


def test_a_flood_of_several_samples_is_seen(watched):
    """Copies of five samples are a flood too, if they are most of the traffic."""
    watched.add(like_the_reference(500, 4), NOW)
    for value in range(5):
        watched.add(copies(200, ["low"] * 200, c=[4.0 + 3 * value] * 200), NOW)
    assert in_window(watched).flood == 1


@pytest.mark.parametrize("feature", ["a", "b", "c"])
def test_probing_one_feature_is_seen(watched, feature):
    """Samples that differ in one feature and flip the prediction are probes, for any feature."""
    watched.add(like_the_reference(700, 5), NOW)
    probes = {feature: np.linspace(-3, 3, 300)}
    watched.add(copies(300, ["low" if value < 0.2 else "high" for value in probes[feature]], **probes), NOW)
    window = in_window(watched)
    assert window.probing == 1
    assert window.flip_ratio > watched.view(NOW).parts["repeats"].flip_expected_ratio


def test_variations_without_flips_are_no_probing(watched):
    """The same samples with equal predictions are not probes."""
    watched.add(like_the_reference(700, 6), NOW)
    watched.add(copies(300, ["low"] * 300, c=np.linspace(0, 30, 300)), NOW)
    assert in_window(watched).probing == 0


def test_few_samples_are_unknown(watched):
    """With fewer than a hundred samples everything is unknown."""
    watched.add(copies(99, ["low"] * 99), NOW)
    window = in_window(watched)
    assert math.isnan(window.near_duplicate_ratio) and math.isnan(window.flood) and math.isnan(window.probing)


def test_a_flood_ends_with_its_window(watched):
    """Once the copies have left the short window there is no flood in it."""
    watched.add(copies(300, ["low"] * 300), NOW)
    assert in_window(watched).flood == 1
    watched.add(like_the_reference(300, 7), NOW + 90)
    assert in_window(watched, NOW + 90).flood == 0
    assert in_window(watched, NOW + 90, "1h").flood == 1
