"""Where samples come from."""

import math

import numpy as np
import pytest
from inference_exporter.config.schema import ModelConfig, OutliersConfig, Window
from inference_exporter.detectors.sources.watch import SOURCES
from inference_exporter.model.monitor import Monitor
from unusual_samples import KEY, like_the_reference

WINDOWS = (Window("1m", 60.0), Window("1h", 3600.0))
NOW = 1_800_000_000.0


@pytest.fixture
def monitor(reference):
    """Return a function that starts to watch a model."""

    def start(**outliers):
        return Monitor(KEY, ModelConfig("m", "1", outliers=OutliersConfig(**outliers)), WINDOWS, reference)

    return start


def send(monitor, sources, now=NOW, tag="client"):
    """Send one sample from each source."""
    sources = list(sources)
    batch = like_the_reference(len(sources), 1)
    object.__setattr__(batch, "tags", {tag: sources})
    monitor.add(batch, now)


def largest(monitor, window="1m", now=NOW):
    (source,) = monitor.view(now).parts["sources"].windows[window]
    return source


def test_the_largest_source_has_its_share(monitor):
    """The share of the largest source is exact for few sources; samples without the tag do not count."""
    watched = monitor(values="all")
    send(watched, ["a"] * 30 + ["b"] * 10 + [None] * 60)
    assert (largest(watched).source, largest(watched).samples, largest(watched).max_share) == ("a", 40, 0.75)


def test_a_source_that_takes_over_is_a_burst(monitor):
    """A source with a fortieth of the hour and all of the minute is a burst, until it stops."""
    watched = monitor()
    send(watched, [f"client-{number % 40}" for number in range(2000)], NOW - 1200)
    send(watched, ["client-3"] * 200)
    source = largest(watched)
    assert (source.burst, source.max_share, source.usual_share) == (1, 1, 0.025)
    send(watched, [f"client-{number % 40}" for number in range(200)], NOW + 90)
    assert largest(watched, now=NOW + 90).burst == 0


def test_who_always_sends_most_is_no_burst(monitor):
    """A source that always has most of the traffic is normal."""
    watched = monitor()
    send(watched, ["big"] * 800 + ["small"] * 200, NOW - 1200)
    send(watched, ["big"] * 80 + ["small"] * 20)
    assert largest(watched).burst == 0


def test_nothing_is_usual_at_the_start(monitor):
    """Until the longest window holds more than the short one, and for itself, the usual share is unknown."""
    watched = monitor()
    send(watched, ["a"] * 400)
    assert math.isnan(largest(watched).usual_share) and math.isnan(largest(watched).burst)
    send(watched, ["b"] * 2000, NOW + 300)
    assert math.isnan(largest(watched, "1h", NOW + 300).burst)


def test_memory_is_bounded(monitor):
    """A hundred thousand sources leave a few hundred behind, and the largest is still found."""
    watched = monitor(values="all")
    for part in range(20):
        send(watched, [*(f"ip-{part}-{number}" for number in range(5000)), *["mallory"] * 1000])
    tag = watched._detectors._detectors["sources"]._tags["client"]
    assert all(len(counts) <= 2 * SOURCES for window in tag._windows.values() for counts in window._counts.values())
    assert len(tag._names) <= 2 * SOURCES
    source = largest(watched)
    assert source.source == "mallory"
    assert source.max_share == pytest.approx(1 / 6, abs=1 / SOURCES)


def test_slots_that_left_are_forgotten(monitor):
    """After a long time only the slots of one window remain."""
    watched = monitor()
    for step in range(100):
        send(watched, ["a"], NOW + 10 * step)
    tag = watched._detectors._detectors["sources"]._tags["client"]
    assert all(len(window._counts) <= 31 and len(window._samples) <= 31 for window in tag._windows.values())


@pytest.mark.parametrize("tags", [(), ("client",)])
def test_only_configured_tags_are_looked_at(monitor, tags):
    """A tag that is not configured is not stored in any form."""
    watched = monitor(source_tags=tags)
    send(watched, ["eu"] * 100, tag="region")
    part = watched.view(NOW).parts.get("sources")
    assert part is None or part.windows == {"1m": (), "1h": ()}


def test_numbers_may_name_a_source(monitor):
    """A tag with numbers is counted by its text."""
    watched = monitor(values="all")
    batch = like_the_reference(60, 1)
    object.__setattr__(batch, "tags", {"user": np.full(60, 7.0)})
    watched.add(batch, NOW)
    assert largest(watched).source == "7.0"
