"""When a snapshot is due: often enough that a restart is quick, seldom enough that it costs little."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

REPLAY_SECONDS = 0.4
"""CPU time of the work since the last snapshot, which a restart would repeat."""
LONGEST_SECONDS = 30.0
HELD_BACK_SECONDS = 30.0
"""CPU time of work after which a snapshot no longer waits for the evaluation store."""
SHARE_OF_CPU, SHARE_OF_TIME = 0.05, 0.5
"""At most these parts of a processor, and of the time (a slow disk), go to snapshots, even if restarts take longer."""


class Stopwatch:
    """Wall time and CPU time of the parts of a snapshot, without what it waits for between them."""

    def __init__(self) -> None:
        self.seconds = self.cpu_seconds = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Measure a part, in one thread."""
        wall, cpu = time.monotonic(), time.thread_time()
        try:
            yield
        finally:
            self.seconds += time.monotonic() - wall
            self.cpu_seconds += time.thread_time() - cpu


class SnapshotsDue:
    """Decides when to take the next snapshot."""

    def __init__(self) -> None:
        self._worked = 0.0
        self._seq = 0
        self._began = time.monotonic()
        self.duration_seconds = self._cpu_seconds = 0.0
        self.timestamp = float("nan")

    def worked(self, seconds: float) -> None:
        """Add time spent on counting an entry."""
        self._worked += seconds

    def now(self) -> None:
        """Make a snapshot due at once."""
        self._worked, self._seq, self._cpu_seconds, self.duration_seconds = REPLAY_SECONDS, -1, 0.0, 0.0

    def is_due(self, last: int) -> bool:
        """Return whether a snapshot is due, given the number of the last entry."""
        since = time.monotonic() - self._began
        if last <= self._seq or since < self._pause_seconds:
            return False
        return self._worked >= REPLAY_SECONDS or since >= LONGEST_SECONDS

    @property
    def is_overdue(self) -> bool:
        """Whether it must be taken even though the evaluation store cannot be written."""
        return self._seq < 0 or self._worked >= HELD_BACK_SECONDS

    @property
    def _pause_seconds(self) -> float:
        # Measured on the last snapshot: with more models they cost more, and come less often.
        return max(self._cpu_seconds / SHARE_OF_CPU, self.duration_seconds / SHARE_OF_TIME)

    def restart(self, seq: int) -> float:
        """Start anew from a snapshot after an entry; returns the work since the one before."""
        worked = self._worked
        self._worked, self._seq, self._began = 0.0, seq, time.monotonic()
        return worked

    def lasted(self, seconds: float, cpu_seconds: float) -> None:
        """Record how long a snapshot took, and its CPU time."""
        self.duration_seconds, self._cpu_seconds = seconds, cpu_seconds

    def taken(self, wall: float) -> None:
        """Record when a snapshot was written."""
        self.timestamp = wall
