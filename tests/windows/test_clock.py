"""The event clock: live traffic, replays, impossible times."""

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from inference_exporter.config.schema import LimitsConfig
from inference_exporter.windows.clock import (
    DISORDER_SECONDS,
    LAG_PERIOD_SECONDS,
    PATIENCE_SECONDS,
    EventClock,
    SteadyClock,
)

WALL = 1_800_000_000.0
YEAR = 365 * 86400.0
HOUR = 3600.0
LEAD = LimitsConfig.event_time_lead


def placed(clock, times, wall):
    return clock.place(np.array(times, dtype=float), wall).tolist()


def test_before_the_first_sample_it_is_the_wall_clock():
    """A model without traffic has windows that end now."""
    assert EventClock().now(WALL) == WALL


def test_live_samples_are_where_they_say():
    """Event time is a moment behind the wall clock, and advances while no samples arrive."""
    clock = EventClock()
    assert placed(clock, [WALL - 2.0, WALL - 1.0], WALL) == [WALL - 2.0, WALL - 1.0]
    assert clock.now(WALL) == WALL - 1.0
    assert clock.now(WALL + 60) == WALL + 59


def test_samples_without_a_time_are_now():
    """A sample without a time counts at its arrival."""
    clock = EventClock()
    assert placed(clock, [math.nan, math.nan], WALL) == [WALL, WALL]
    assert clock.now(WALL + 1) == WALL + 1


def test_a_replayed_year_fills_its_windows():
    """Old traffic advances event time as fast as it arrives."""
    clock = EventClock()
    for day in range(3):
        placed(clock, [WALL - YEAR + day * 86400.0], WALL + day)
        assert clock.now(WALL + day) == WALL - YEAR + day * 86400.0
    assert clock.now(WALL + 12) == WALL - YEAR + 2 * 86400.0 + 10


def test_a_replay_that_has_caught_up_is_live():
    """Current samples after old ones advance event time to now."""
    clock = EventClock()
    placed(clock, [WALL - YEAR], WALL)
    placed(clock, [WALL + 5], WALL + 5)
    assert clock.now(WALL + 6) == WALL + 6


@pytest.mark.parametrize("ahead", [61.0, YEAR, 1e10])
def test_a_time_in_the_future_is_not_believed(ahead):
    """One bad clock does not empty every window: such a sample counts at its arrival."""
    clock = EventClock()
    placed(clock, [WALL - 1], WALL)
    assert placed(clock, [WALL + ahead, WALL - 1], WALL) == [WALL - 1, WALL - 1]
    assert clock.now(WALL) == WALL - 1
    assert clock.ahead == 1


def test_a_skew_is_believed():
    """Hosts differ by some seconds, which is normal, and does not advance event time beyond the wall clock."""
    clock = EventClock()
    assert placed(clock, [WALL + LEAD], WALL) == [WALL]
    assert clock.now(WALL) == WALL
    assert placed(clock, [WALL + 1], WALL + 1) == [WALL + 1]
    assert clock.ahead == 0


def test_late_samples_do_not_turn_the_clock_back():
    """An old sample counts at its own time, and event time stays."""
    clock = EventClock()
    placed(clock, [WALL], WALL)
    assert placed(clock, [WALL - 7200], WALL + 1) == [WALL - 7200]
    assert clock.now(WALL + 1) == WALL + 1


TIMES = st.one_of(st.just(math.nan), st.floats(-1e12, 1e12), st.floats(WALL - 100, WALL + 100))


@given(st.lists(st.tuples(st.floats(0, 100), st.lists(TIMES, min_size=1, max_size=5)), min_size=1, max_size=20))
def test_event_time_is_never_behind_a_sample_nor_ahead_of_the_wall_clock(steps):
    """Whatever times are sent, no sample is ahead of event time, and event time not ahead of the wall clock."""
    clock, wall, newest = EventClock(), WALL, -math.inf
    for pause, times in steps:
        wall += pause
        placed_at = clock.place(np.array(times), wall)
        newest = max(newest, placed_at.max())
        now = clock.now(wall)
        assert not np.isnan(placed_at).any()
        assert newest <= now <= wall


@given(st.lists(st.floats(-1e5, 1e5), min_size=1, max_size=20), st.floats(-30, 0))
@example(jumps=[11.0], lag=0.0)
def test_after_any_jumps_live_samples_are_now(jumps, lag):
    """Once the wall clock is right again, the first live sample restores event time, up to the allowed disorder."""
    clock = EventClock()
    for jump in jumps:
        placed(clock, [WALL + jump + lag], WALL + jump)
    settled = WALL + DISORDER_SECONDS
    assert placed(clock, [settled + lag], settled) == [settled + lag]
    assert settled + lag - 1e-6 <= clock.now(settled) <= settled + DISORDER_SECONDS


def test_threads_that_overtake_each_other_are_no_step():
    """A wall time read a moment before the last one leaves event time unchanged."""
    clock = EventClock()
    placed(clock, [math.nan], WALL)
    assert clock.now(WALL - DISORDER_SECONDS) == WALL


@pytest.mark.parametrize("back", [11.0, HOUR, YEAR])
def test_a_wall_clock_set_back_takes_event_time_with_it(back):
    """Event time does not stop until the wall clock has caught up."""
    clock = EventClock()
    placed(clock, [WALL], WALL)
    assert clock.now(WALL - back) == WALL - back
    assert placed(clock, [WALL - back + 1], WALL - back + 1) == [WALL - back + 1]


def test_a_wall_clock_set_forward_is_left_to_itself():
    """If every sample stays hours behind for two periods, event time returns to the samples."""
    clock = EventClock()
    placed(clock, [WALL], WALL)
    seconds = np.arange(1.0, 3 * LAG_PERIOD_SECONDS)
    for second in seconds:
        placed(clock, [WALL + second], WALL + second + 3 * HOUR)
    assert clock.now(WALL + seconds[-1] + 3 * HOUR) == WALL + seconds[-1]


def test_one_straggler_does_not_take_event_time_back():
    """After a silence one late batch is late; event time advances."""
    clock = EventClock()
    placed(clock, [WALL], WALL)
    placed(clock, [WALL + HOUR], WALL + 2 * HOUR)
    assert clock.now(WALL + 2 * HOUR) == WALL + 2 * HOUR


class Machine:
    """A wall clock that can be set and a monotonic one."""

    def __init__(self):
        self.monotonic, self.offset = 100.0, WALL

    def clock(self):
        return SteadyClock(lambda: self.monotonic + self.offset, lambda: self.monotonic)


class TestSteadyClock:
    """The wall clock without its excursions."""

    @pytest.mark.parametrize("jump", [3 * HOUR, -3 * HOUR, 6.0])
    def test_an_excursion_is_not_followed(self, jump):
        """A clock that jumps for one reading and returns is counted, and time goes on as before."""
        machine = Machine()
        clock = machine.clock()
        started = clock()
        machine.offset += jump
        machine.monotonic += 1
        assert clock() == pytest.approx(started + 1)
        machine.offset -= jump
        machine.monotonic += 1
        assert clock() == pytest.approx(started + 2)
        assert sum(clock.steps.values()) == 1

    @pytest.mark.parametrize(("jump", "direction"), [(3 * HOUR, "forward"), (-3 * HOUR, "back")])
    def test_a_step_that_lasts_is_followed(self, jump, direction):
        """A clock that was set, or a machine that slept, is believed after a while."""
        machine = Machine()
        clock = machine.clock()
        machine.offset += jump
        clock()
        machine.monotonic += PATIENCE_SECONDS
        assert clock() == pytest.approx(machine.monotonic + machine.offset)
        assert clock.steps[direction] == 1

    def test_slewing_is_followed_at_once(self):
        """Small corrections are not steps."""
        machine = Machine()
        clock = machine.clock()
        for _ in range(10):
            machine.offset += 1.0
            assert clock() == pytest.approx(machine.monotonic + machine.offset)
        assert sum(clock.steps.values()) == 0
