"""Clocks that jump: no window gets stuck unnoticed, and the effects of a wrong clock are gone one window later."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.config.schema import DriftConfig, ModelConfig, Window
from inference_exporter.model.monitor import Monitor
from inference_exporter.reference.reference import build
from inference_exporter.samples.batch import Batch, ModelKey, OutcomeBatch
from inference_exporter.windows.clock import DISORDER_SECONDS

WALL = 1_800_000_000.0
HOUR = 3600.0
KEY = ModelKey("m", "1", "champion")
WINDOWS = (Window("10s", 10.0), Window("5m", 300.0), Window("1h", HOUR))
REFERENCE = build({"a": np.arange(50.0)}, 50, prediction=np.arange(50.0), task="regression")
JUMPS = st.one_of(st.floats(-10 * HOUR, 10 * HOUR), st.sampled_from([3 * HOUR, -3 * HOUR, 59.0, 61.0, -5.0, 1e9, 0.0]))


def monitor(**drift):
    return Monitor(KEY, ModelConfig("m", "1", drift=DriftConfig(minimum_samples=1, **drift)), WINDOWS, REFERENCE)


def send(watched, wall, event, value=7.0, size=2, ids=None):
    features, prediction = {"a": np.full(size, value)}, np.full(size, value)
    watched.add(Batch(size, KEY, np.full(size, event), features=features, prediction=prediction, ids=ids), wall)


def counted(watched, wall):
    view = watched.view(wall)
    return {each.name: (each.samples, each.histograms.cells.tolist()) for each in view.windows}


@pytest.mark.slow
@given(
    st.lists(st.tuples(JUMPS, JUMPS, st.booleans(), st.booleans()), min_size=1, max_size=12),
    st.sampled_from([0.0, -2.0, np.nan]),
)
def test_windows_hold_the_good_samples_alone_one_window_later(jumps, lag):
    """After any jumps of the exporter's clock and of the senders' the windows equal those of a fresh monitor.

    Within the tolerance of DISORDER_SECONDS: that long after the jumps the good samples begin.
    """
    watched, fresh = monitor(), monitor()
    for place, (own, sender, with_time, looked_at) in enumerate(jumps):
        wall = WALL + place + own
        send(watched, wall, WALL + place + sender if with_time else np.nan, value=40.0)
        if looked_at:
            watched.view(wall)
    start = WALL + len(jumps) + DISORDER_SECONDS
    for second in np.arange(0.0, HOUR + 250, 240):
        for each in (watched, fresh):
            send(each, start + second, start + second + lag)
    assert counted(watched, start + second) == counted(fresh, start + second)


def test_a_jump_of_three_hours_does_not_stop_a_window():
    """After one post from a clock three hours ahead, later samples and their drift show at once."""
    watched = monitor()
    for second in range(0, 300, 10):
        send(watched, WALL + second, WALL + second, value=float(second % 50))
    send(watched, WALL + 300 + 3 * HOUR, WALL + 300 + 3 * HOUR)
    assert watched.view(WALL + 300 + 3 * HOUR).windows[1].samples == 2
    for second in range(310, 700, 10):
        send(watched, WALL + second, WALL + second, value=49.0, size=100)
    view = watched.view(WALL + 699)
    assert view.windows[1].samples == 3000
    assert (view.windows[1].histograms.drifted == 1).any()
    assert (view.traffic.rewound_samples, view.traffic.late_samples) == (2, 0)


@pytest.mark.parametrize("ahead", [61.0, 3 * HOUR])
def test_a_sender_ahead_is_counted(ahead):
    """Samples from further ahead than the lead count at their arrival, with their reason, and move nothing."""
    watched = monitor()
    send(watched, WALL, WALL + ahead)
    send(watched, WALL + 1, WALL + 1)
    view = watched.view(WALL + 1)
    assert (view.ahead_samples, view.traffic.late_samples) == (2, 0)
    assert [each.samples for each in view.windows] == [4, 4, 4]


def test_a_sender_up_to_the_lead_ahead_does_not_move_event_time():
    """A host a minute ahead does not affect the others: even the window of ten seconds has their samples."""
    watched = monitor()
    for second in range(20):
        send(watched, WALL + second, WALL + second + 60)
        send(watched, WALL + second, WALL + second - 1)
    view = watched.view(WALL + 19)
    assert (view.ahead_samples, view.traffic.late_samples) == (0, 0)
    assert view.now == WALL + 19


def test_what_no_window_takes_is_counted():
    """An exporter whose clock is hours ahead counts its senders' samples as late, then follows them."""
    watched = monitor()
    send(watched, WALL, WALL)
    for second in range(1, 400, 2):
        send(watched, WALL + second + 3 * HOUR, WALL + second)
    view = watched.view(WALL + 399 + 3 * HOUR)
    assert 0 < view.traffic.late_samples < 200
    assert view.windows[0].samples > 0
    assert view.now == WALL + 399


def test_looks_and_warm_up_go_on_when_the_clock_comes_back():
    """A look or a deployment that a wrong clock dated in the future does not delay verdicts."""
    watched = monitor(warm_up=600.0)
    send(watched, WALL + 3 * HOUR, np.nan, size=60)
    watched.deployed(WALL + 3 * HOUR, WALL + 3 * HOUR)
    watched.view(WALL + 3 * HOUR)
    send(watched, WALL, np.nan, value=49.0, size=200)
    assert watched.view(WALL).windows[2].unknown_reason is None
    before = watched.view(WALL).budget.looks["1h"]
    send(watched, WALL + HOUR / 2, np.nan, value=49.0, size=200)
    assert watched.view(WALL + HOUR / 2).budget.looks["1h"] > before


def test_a_correction_of_what_the_clock_took_away_takes_nothing_back():
    """An outcome recorded in the future has left all windows by the time of its correction."""
    watched = monitor()
    send(watched, WALL + 3 * HOUR, np.nan, ids=["x", "y"])
    watched.join(OutcomeBatch(KEY, ["x"], [5.0], np.array([np.nan])), WALL + 3 * HOUR)
    send(watched, WALL, np.nan, ids=["z", "w"])
    watched.join(OutcomeBatch(KEY, ["z"], [7.0], np.array([np.nan])), WALL)
    watched.join(OutcomeBatch(KEY, ["x"], [7.0], np.array([np.nan])), WALL + 1)
    assert watched.view(WALL + 1).windows[1].outcomes == 2
    assert watched.view(WALL + 1).windows[1].performance.n == 2
    assert watched.view(WALL + 1).windows[1].performance.absolute_error == 0
