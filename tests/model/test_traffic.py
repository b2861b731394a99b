"""Requests, errors, latency and service levels of one model."""

import math

import numpy as np
import pytest
from inference_exporter.config.schema import Window
from inference_exporter.config.slo import LatencySloConfig, SloConfig
from inference_exporter.model.traffic import STAGES_AT_MOST, DurationHistogram, Traffic
from inference_exporter.samples.batch import Batch, ModelKey

WALL = 1_800_000_000.0
WINDOWS = (Window("5m", 300.0), Window("1h", 3600.0))


@pytest.fixture
def traffic():
    return Traffic(SloConfig(0.99, LatencySloConfig(0.2, 0.9)), WINDOWS)


def add(traffic, size, ago=0.0, **columns):
    times = np.full(size, WALL - ago)
    traffic.add(Batch(size, ModelKey(), times, **columns), times, WALL, WALL)


def test_requests_are_counted_by_status(traffic):
    """Every status has its count; 4xx and 5xx are errors of the window."""
    add(traffic, 6, codes=[200, 200, 301, 404, 500, 503])
    add(traffic, 2)
    assert traffic.view().requests == {200: 4, 301: 1, 404: 1, 500: 1, 503: 1}
    samples, errors, _ = traffic.window("5m", WALL)
    assert (samples, errors) == (8, 3)


def test_good_events_are_those_of_the_service_level(traffic):
    """Availability counts every request, good below 400; latency counts timed ones, good up to the threshold."""
    add(traffic, 5, codes=[200, 399, 400, 500, 200], latency_seconds=np.array([0.1, 0.2, 0.2000001, 5.0, math.nan]))
    slos = traffic.view().slos
    assert (slos["availability"].objective, slos["availability"].events, slos["availability"].good_events) == (
        0.99,
        5,
        3,
    )
    assert (slos["latency"].objective, slos["latency"].events, slos["latency"].good_events) == (0.9, 4, 2)


def test_the_histogram_agrees_with_the_service_level(traffic):
    """Its bucket at the threshold holds exactly the good requests: a bound belongs to its bucket."""
    add(traffic, 4, latency_seconds=np.array([0.1, 0.2, 0.2000001, 5.0]))
    latency = traffic.view().latency
    place = latency.bounds.index(0.2)
    assert latency.counts[: place + 1].sum() == traffic.view().slos["latency"].good_events
    assert latency.counts.sum() == 4
    assert latency.total_seconds == pytest.approx(5.5000001)


def test_windows_hold_the_latency_of_their_samples(traffic):
    """Old and late samples are in the windows that they belong to; untimed ones count without a latency."""
    add(traffic, 3, ago=1000.0, latency_seconds=np.array([1.0, math.nan, 1.0]))
    add(traffic, 2, latency_seconds=np.array([0.01, 0.01]))
    assert [int(traffic.window(name, WALL)[2].sum()) for name in ("5m", "1h")] == [2, 4]
    assert [traffic.window(name, WALL)[0] for name in ("5m", "1h")] == [2, 5]
    assert traffic.late_samples == 3


def test_stages_have_histograms_within_a_limit(traffic):
    """Each stage has its own; a sender with ever new ones is stopped, and the rest is counted."""
    for number in range(STAGES_AT_MOST + 3):
        add(traffic, 2, stages={f"s{number}": np.array([0.1, math.nan])})
    assert len(traffic.view().stages) == STAGES_AT_MOST
    assert traffic.view().stages["s0"].counts.sum() == 1
    assert traffic.folded == 3


def test_a_trace_stands_for_its_bucket(traffic):
    """The last request with a trace id is the exemplar of its latency bucket."""
    add(traffic, 3, latency_seconds=np.array([0.3, 0.4, math.nan]), trace_ids=["a", "b", "c"])
    add(traffic, 2, latency_seconds=np.array([0.3, 0.03]), trace_ids=[None, "d"])
    exemplars = traffic.view().latency.exemplars
    assert {exemplar.trace_id for exemplar in exemplars.values()} == {"b", "d"}


def test_arrival_is_remembered(traffic):
    """The last sample's arrival is a wall time, whatever its event time."""
    assert math.isnan(traffic.last_sample)
    add(traffic, 1, ago=1e6)
    assert traffic.last_sample == WALL


def test_a_view_does_not_change_any_more():
    """A scrape reads a copy."""
    histogram = DurationHistogram((1.0,))
    histogram.add(np.array([0.5]))
    view = histogram.view()
    histogram.add(np.array([0.5, 3.0]))
    assert view.counts.tolist() == [1, 0]
    assert histogram.view().counts.tolist() == [2, 1]


def test_a_latency_beyond_any_measure_does_not_stop_the_sum():
    """A sum with 1e300 in it would never grow again: such a latency adds 1e9 seconds, in the last bucket."""
    histogram = DurationHistogram((1.0,))
    histogram.add(np.array([1e300, 1.7e308]))
    histogram.add(np.array([0.25]))
    assert histogram.view().total_seconds == 2e9 + 0.25
    assert histogram.view().counts.tolist() == [1, 2]
