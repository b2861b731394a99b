"""When snapshots are due: after so much work, or so long, and not too often."""

import pytest
from inference_exporter.durability import due
from inference_exporter.durability.due import SnapshotsDue, Stopwatch


@pytest.fixture
def clock(monkeypatch):
    """Let time stand where a test sets it."""

    class Clock:
        now = 0.0

        def monotonic(self):
            return self.now

        def thread_time(self):
            return self.now / 2

    clock = Clock()
    monkeypatch.setattr(due, "time", clock)
    return clock


def test_after_enough_work(clock):
    """A snapshot is due once a restart would repeat too much work, and again after as much work."""
    snapshots = SnapshotsDue()
    clock.now = 1.0
    assert not snapshots.is_due(5)
    snapshots.worked(due.REPLAY_SECONDS)
    assert snapshots.is_due(5)
    snapshots.restart(5)
    clock.now = 2.0
    assert not snapshots.is_due(6)


def test_after_long_if_anything_arrived(clock):
    """A little work is in a snapshot after a while; without any, none is due."""
    snapshots = SnapshotsDue()
    snapshots.restart(5)
    clock.now = due.LONGEST_SECONDS
    assert snapshots.is_due(6)
    assert not snapshots.is_due(5)


@pytest.mark.parametrize(("wall", "cpu", "pause"), [(0.1, 0.1, 2.0), (4.0, 0.1, 8.0)], ids=["processor", "disk"])
def test_not_too_often(clock, wall, cpu, pause):
    """Slow snapshots are further apart, whether they need the processor or the disk."""
    snapshots = SnapshotsDue()
    snapshots.lasted(wall, cpu)
    snapshots.worked(10.0)
    clock.now = pause - 0.01
    assert not snapshots.is_due(6)
    clock.now = pause
    assert snapshots.is_due(6)


def test_at_once_after_a_reload(clock):
    """A reload makes a snapshot due whatever the last one took, even if nothing arrived."""
    snapshots = SnapshotsDue()
    snapshots.lasted(100.0, 10.0)
    snapshots.restart(5)
    snapshots.now()
    assert snapshots.is_due(5)


def test_overdue_after_much_work_or_a_reload():
    """A snapshot waits for the evaluation store, but not for ever, and not after a reload."""
    snapshots = SnapshotsDue()
    snapshots.worked(due.HELD_BACK_SECONDS - 1)
    assert not snapshots.is_overdue
    snapshots.worked(1.0)
    assert snapshots.is_overdue
    snapshots.restart(5)
    assert not snapshots.is_overdue
    snapshots.now()
    assert snapshots.is_overdue


def test_what_a_snapshot_waits_for_is_not_part_of_its_cost(clock):
    """Only the parts are measured, also one that fails; not the time between them."""
    cost = Stopwatch()
    with cost.running():
        clock.now += 2.0
    clock.now += 100.0
    with pytest.raises(OSError), cost.running():
        clock.now += 4.0
        raise OSError
    assert (cost.seconds, cost.cpu_seconds) == (6.0, 3.0)
