"""The event clock: live traffic, replays, times that cannot be."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.windows.clock import FUTURE_TOLERANCE_SECONDS, EventClock

WALL = 1_800_000_000.0
YEAR = 365 * 86400.0


def placed(clock, times, wall):
    return clock.place(np.array(times, dtype=float), wall).tolist()


def test_before_the_first_sample_it_is_the_wall_clock():
    """A model without traffic has windows that end now."""
    assert EventClock().now(WALL) == WALL


def test_live_samples_are_where_they_say():
    """A moment behind the wall clock is where event time stands, and it walks on while nothing comes."""
    clock = EventClock()
    assert placed(clock, [WALL - 2.0, WALL - 1.0], WALL) == [WALL - 2.0, WALL - 1.0]
    assert clock.now(WALL) == WALL - 1.0
    assert clock.now(WALL + 60) == WALL + 59


def test_samples_without_a_time_are_now():
    """Arrival is the time of a sample that brings none."""
    clock = EventClock()
    assert placed(clock, [math.nan, math.nan], WALL) == [WALL, WALL]
    assert clock.now(WALL + 1) == WALL + 1


def test_a_replayed_year_fills_its_windows():
    """Traffic of long ago moves event time as fast as it comes."""
    clock = EventClock()
    for day in range(3):
        placed(clock, [WALL - YEAR + day * 86400.0], WALL + day)
        assert clock.now(WALL + day) == WALL - YEAR + day * 86400.0
    assert clock.now(WALL + 12) == WALL - YEAR + 2 * 86400.0 + 10


def test_a_replay_that_has_caught_up_is_live():
    """Samples of now after samples of long ago take event time to now."""
    clock = EventClock()
    placed(clock, [WALL - YEAR], WALL)
    placed(clock, [WALL + 5], WALL + 5)
    assert clock.now(WALL + 6) == WALL + 6


@pytest.mark.parametrize("ahead", [61.0, YEAR, 1e10])
def test_a_time_in_the_future_is_not_believed(ahead):
    """One bad clock does not empty every window: such a sample happened when it arrived."""
    clock = EventClock()
    placed(clock, [WALL - 1], WALL)
    assert placed(clock, [WALL + ahead, WALL - 1], WALL) == [WALL - 1, WALL - 1]
    assert clock.now(WALL) == WALL - 1


def test_a_skew_is_believed():
    """Hosts differ by some seconds; that is no mistake."""
    clock = EventClock()
    assert placed(clock, [WALL + 5], WALL) == [WALL + 5]


def test_late_samples_do_not_turn_the_clock_back():
    """An old sample is placed where it belongs, and event time stays."""
    clock = EventClock()
    placed(clock, [WALL], WALL)
    assert placed(clock, [WALL - 7200], WALL + 1) == [WALL - 7200]
    assert clock.now(WALL + 1) == WALL + 1


TIMES = st.one_of(st.just(math.nan), st.floats(-1e12, 1e12), st.floats(WALL - 100, WALL + 100))


@given(st.lists(st.tuples(st.floats(0, 100), st.lists(TIMES, min_size=1, max_size=5)), min_size=1, max_size=20))
def test_event_time_never_runs_backwards_nor_ahead(steps):
    """Whatever times are sent, event time goes on, is never far in the future, and no sample lies beyond it."""
    clock, wall, before = EventClock(), WALL, -math.inf
    for number, (pause, times) in enumerate(steps):
        wall += pause
        times = clock.place(np.array(times), wall)
        now = clock.now(wall)
        assert not np.isnan(times).any()
        assert (times <= now + 1e-3).all()
        assert now <= wall + FUTURE_TOLERANCE_SECONDS + 1e-3
        if number:
            assert now >= before - 1e-3
        before = now
