"""Rolling windows against a model that keeps every sample."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.arrays import length_of
from inference_exporter.windows import ring
from inference_exporter.windows.ring import RollingWindow, stretches

LENGTH, SLOTS = 300.0, 30
SLOT = LENGTH / SLOTS
START = 1_000_000.0


class Model:
    """Every sample so far, as (time, count vector, sum)."""

    def __init__(self):
        self.samples = []
        self.now = -math.inf

    def add(self, times, values, now):
        self.go_to(now)
        held = [time for time in times if self.holds(time)]
        self.samples += [(time, value) for time, value in zip(times, values, strict=True) if self.holds(time)]
        return len(held)

    def go_to(self, now):
        self.now = now
        self.samples = [(time, value) for time, value in self.samples if self.holds(time)]

    def holds(self, time):
        return self.now // SLOT - SLOTS < time // SLOT <= self.now // SLOT

    def totals(self, now):
        self.go_to(now)
        kept = [value for time, value in self.samples if self.holds(time)]
        return len(kept), sum(kept)


def add(window, times, values, now):
    """Count samples like the monitor: a count and a value each."""
    times = np.array(times)
    for slot, rows in window.spread(times, now):
        chosen = np.array(values)[rows]
        window.add(slot, np.array([len(chosen)]), np.array([chosen.sum()])[: window._n_sums])


STEPS = st.lists(
    st.tuples(
        st.floats(-400, 400, width=32),  # how far time advances, or goes back
        st.lists(st.tuples(st.floats(-700, 0, width=32), st.integers(-5, 5)), max_size=6),  # how old each sample is
    ),
    min_size=1,
    max_size=25,
)


@given(STEPS)
def test_counts_what_a_model_with_perfect_memory_counts(steps):
    """Whether samples are late, out of order or the clock was set back, the window holds what it should and no more."""
    window, model, now = RollingWindow(1, 1, LENGTH, SLOTS), Model(), START
    for pause, samples in steps:
        now += pause
        if samples:
            times = [now + age for age, _ in samples]
            values = [value for _, value in samples]
            add(window, times, values, now)
            model.add(times, values, now)
        counts, sums = window.totals(now)
        assert (counts[0], sums[0]) == model.totals(now)


@given(STEPS)
def test_what_is_taken_back_was_never_there(steps):
    """Adding and subtracting in the same slots leaves nothing, even if slots have expired in between."""
    window, now = RollingWindow(1, 1, LENGTH, SLOTS), START
    for pause, samples in steps:
        now += abs(pause)
        for age, value in samples:
            slots = list(window.spread(np.array([now + age]), now))
            for slot, _ in slots:
                window.add(slot, np.array([1]), np.array([float(value)]))
        for age, value in samples:
            for slot, _ in window.spread(np.array([now + age]), now):
                window.add(slot, np.array([-1]), np.array([-float(value)]))
    counts, sums = window.totals(now)
    assert counts[0] == 0
    assert sums[0] == 0.0


def test_covers_almost_its_length():
    """A sample leaves with its slot: after more than length - length / slots and at most length seconds."""
    window = RollingWindow(1, 0, LENGTH, SLOTS)
    window.add(int(START // SLOT), np.array([1]), np.empty(0))
    assert window.totals(START + LENGTH - SLOT - 0.1)[0][0] == 1
    assert window.totals(START + LENGTH)[0][0] == 0


def test_a_clock_set_back_does_not_bring_back_what_has_left():
    """Expired samples are gone; the window accepts new ones."""
    window = RollingWindow(1, 0, LENGTH, SLOTS)
    add(window, [START], [0], START)
    assert window.totals(START + 2 * LENGTH)[0][0] == 0
    assert window.totals(START)[0][0] == 0
    add(window, [START], [0], START)
    assert window.totals(START)[0][0] == 1


def test_what_a_wrong_clock_counted_leaves_when_it_is_set_back():
    """The window reports what it is about to lose, loses it, and counts again at once."""
    window = RollingWindow(1, 0, LENGTH, SLOTS)
    add(window, [START], [0], START)
    add(window, [START + 10_800], [0], START + 10_800)
    assert window.beyond(START + 10_800) is None
    assert window.beyond(START).tolist() == [1]
    add(window, [START], [0], START)
    assert window.totals(START)[0][0] == 1


def test_an_infinite_sum_leaves_with_its_slot():
    """One number that is too large spoils the sums only while it is in the window."""
    window = RollingWindow(1, 1, LENGTH, SLOTS)
    add(window, [START], [math.inf], START)
    add(window, [START + 100], [1.0], START + 100)
    assert window.totals(START + 100)[1][0] == math.inf
    counts, sums = window.totals(START + LENGTH)
    assert (counts[0], sums[0]) == (1, 1.0)


def test_an_idle_window_weighs_nothing():
    """Slots exist only where something was counted."""
    window = RollingWindow(1000, 10, 86400.0)
    window.totals(START)
    assert len(window._counts) == 0
    window.add(int(START // 2880), np.ones(1000, dtype=int), np.ones(10))
    assert len(window._counts) == 1


@pytest.mark.parametrize("late", [LENGTH, 1e4, 1e9])
def test_what_is_too_late_falls_out(late):
    """A sample older than the window is not counted, neither alone nor among others."""
    window = RollingWindow(1, 1, LENGTH, SLOTS)
    add(window, [START - late], [1], START)
    add(window, [START - late, START, START - late], [1, 1, 1], START)
    assert window.totals(START)[0][0] == 1


@given(st.lists(st.floats(-700, 0, width=32), max_size=40), st.booleans())
def test_stretches_are_all_rows_each_once_by_slot(ages, in_order):
    """Rows of a stretch share the slot of every window that covers them; each row is in one stretch."""
    windows = [RollingWindow(1, 1, length, SLOTS) for length in (LENGTH, 7.0, 3600.0)]
    times = START + np.array(sorted(ages) if in_order else ages)
    seen = []
    for rows, held in stretches(windows, times, START):
        own = np.arange(len(times))[rows].tolist()
        seen += own
        named = dict(held)
        for window in windows:
            slots = set(window.slot_of(times[own]).tolist())
            assert window not in named or slots == {named[window]}
            assert {window.holds(slot) for slot in slots} == {window in named}
    assert sorted(seen) == list(range(len(times)))


def test_what_was_given_away_stays_as_it_was():
    """Counts in a view do not change when samples arrive or leave, and are read-only."""
    window = RollingWindow(1, 0, LENGTH, SLOTS)
    window.add(int(START // SLOT), np.array([1]), np.empty(0))
    before, _ = window.totals(START)
    window.add(int(START // SLOT), np.array([1]), np.empty(0))
    between, _ = window.totals(START)
    after, _ = window.totals(START + LENGTH)
    assert (before[0], between[0], after[0]) == (1, 2, 0)
    with pytest.raises(ValueError, match="read-only"):
        after[0] = 3


def test_rows_that_no_window_covers_are_one_stretch():
    """A batch of years costs no more stretches than its windows have slots, and one for what they do not cover."""
    windows = [RollingWindow(1, 0, 300.0), RollingWindow(1, 0, 3600.0)]
    times = np.linspace(0.0, 1e8, 20_001)
    found = list(stretches(windows, times, now=1e8))
    assert len(found) <= 2 * SLOTS + 1
    assert sum(length_of(rows) for rows, _ in found) == len(times)
    assert next(len(held) for _, held in found) == 0


@given(
    st.lists(st.floats(0, 400), min_size=2, max_size=40),
    st.integers(1, 40),
    st.sampled_from([0, 250, 400]),
)
def test_sorted_times_have_the_stretches_of_any_times(times, apart, now):
    """In sorted times a few rows show where stretches start: the result is that of all rows."""
    ordered = np.sort(np.array(times))
    windows = [RollingWindow(1, 0, length) for length in (60, 300)]

    def found(rows_apart):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(ring, "ROWS_APART", rows_apart)
            return [
                (rows.start, rows.stop, [slot for _, slot in held]) for rows, held in stretches(windows, ordered, now)
            ]

    assert found(apart) == found(1)
    assert [row for start, stop, _ in found(apart) for row in range(start, stop)] == list(range(len(times)))
