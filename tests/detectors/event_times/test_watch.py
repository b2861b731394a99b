"""Event times and arrivals."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.config.schema import ModelConfig, Window
from inference_exporter.detectors.event_times.watch import (
    FUTURE,
    N_LAGS,
    SHIFT_TOLERANCE_SECONDS,
    EventTimesWindow,
    lag_counts,
)
from inference_exporter.model.monitor import Monitor
from inference_exporter.reference.reference import build
from inference_exporter.samples.batch import Batch, ModelKey

KEY = ModelKey("fraud", "7", "champion")
WALL = 1_800_000_000.0
REFERENCE = build({"age": np.arange(100.0)}, 100, created=WALL)


def window_of(lags):
    return EventTimesWindow(lag_counts(np.asarray(lags, dtype=float)))


def delays(n=500, seed=1):
    return np.random.default_rng(seed).exponential(0.3, n)


@given(st.lists(st.floats(0.001, 1e8), min_size=1, max_size=60), st.booleans())
def test_quantiles_are_off_by_a_cell_at_most(lags, ahead):
    """A quantile is within 9 % of numpy's over the lags themselves."""
    values = np.array(lags) * (-1 if ahead else 1)
    for quantile, found in window_of(values).lags.items():
        exact = np.quantile(values, quantile, method="inverted_cdf")
        assert found == pytest.approx(exact, rel=0.1)


def test_nothing_known_is_unknown():
    """Samples without a time say nothing about clocks."""
    window = window_of([math.nan, math.nan])
    assert math.isnan(window.future_ratio) and math.isnan(window.skew) and math.isnan(window.shift_hours)
    assert all(map(math.isnan, window.lags.values()))
    assert window.problems == ()


def test_ordinary_delays_are_no_problem():
    """Samples that arrive within seconds, some of them later, are normal."""
    assert window_of(delays()).problems == ()
    assert window_of(np.concatenate([delays(), [4000.0, 90000.0]])).problems == ()
    assert window_of(delays()).skew == 0.0


@pytest.mark.parametrize("seconds", [-7200, -90, 120, 1234, -30000])
def test_a_clock_that_is_off_is_seen(seconds):
    """The same offset in every sample is a wrong clock, ahead or behind."""
    window = window_of(delays() + seconds)
    assert window.skew == pytest.approx(seconds, rel=0.1)
    assert {"skew", "time_zone"} & set(window.problems)
    assert ("future" in window.problems) == (seconds < 0)


@given(st.integers(1, 28), st.booleans())
def test_a_time_zone_is_named(half_hours, ahead):
    """Full and half hours are time zones, reported to the half hour."""
    hours = half_hours / 2 * (-1 if ahead else 1)
    assert window_of(delays(60) + hours * 3600).shift_hours == hours


def test_a_backlog_is_no_time_zone():
    """Samples that waited for up to a day are late, not shifted."""
    window = window_of(np.random.default_rng(3).uniform(0, 86400, 2000))
    assert window.shift_hours == 0 and window.problems == ()


def test_a_replayed_year_is_no_skew():
    """Samples from years ago are a replay."""
    assert window_of(delays() + 5 * 365 * 86400).problems == ()


def test_one_sample_from_the_future_is_counted_but_no_problem():
    """One wrong clock among many senders shows only in the ratio."""
    window = window_of([*delays(), -500.0])
    assert window.future_samples == 1 and window.problems == ()


def test_counts_add_up():
    """Counts of two halves add up to those of the whole, so slots and replicas can be merged."""
    lags = delays() - 1800.0
    assert (lag_counts(lags[:100]) + lag_counts(lags[100:]) == lag_counts(lags)).all()
    assert lag_counts(lags)[N_LAGS:FUTURE].sum() == np.count_nonzero(delays() <= SHIFT_TOLERANCE_SECONDS)


def test_windows_forget():
    """A window only reports its own samples, by event time."""
    windows = (Window("5m", 300.0), Window("1h", 3600.0))
    monitor = Monitor(KEY, ModelConfig("fraud", "7"), windows, REFERENCE)

    def add(lag, wall):
        ages = {"age": np.full(30, 5.0)}
        monitor.add(Batch(30, KEY, np.full(30, wall - lag), features=ages), wall)

    add(120.0, WALL)
    assert monitor.view(WALL).parts["event_times"].windows["5m"].skew == pytest.approx(120, rel=0.1)
    add(0.0, WALL + 1000)
    shown = monitor.view(WALL + 1000).parts["event_times"].windows
    assert (shown["5m"].samples, shown["1h"].samples) == (30, 60)
    assert shown["5m"].skew == 0.0
