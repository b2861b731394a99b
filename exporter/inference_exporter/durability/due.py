"""When a snapshot is due: often enough that a restart is quick, seldom enough that it costs little."""

import time

REPLAY_SECONDS = 0.7
"""Work since the last snapshot, which a restart would repeat."""
LONGEST_SECONDS = 30.0
SHARE_OF_TIME = 0.05
"""Of which snapshots may take at most this part, even if a restart then takes longer."""


class SnapshotsDue:
    """Decides when to take the next snapshot."""

    def __init__(self) -> None:
        self._worked = 0.0
        self._seq = 0
        self._began = time.monotonic()
        self.duration_seconds = 0.0
        self.timestamp = float("nan")

    def worked(self, seconds: float) -> None:
        """Add time spent on counting an entry."""
        self._worked += seconds

    def now(self) -> None:
        """Make a snapshot due at once."""
        self._worked, self._seq, self.duration_seconds = REPLAY_SECONDS, -1, 0.0

    def is_due(self, last: int) -> bool:
        """Return whether a snapshot is due, given the number of the last entry."""
        since = time.monotonic() - self._began
        if last <= self._seq or since < self.duration_seconds / SHARE_OF_TIME:
            return False
        return self._worked >= REPLAY_SECONDS or since >= LONGEST_SECONDS

    def restart(self, seq: int) -> None:
        """Start anew from a snapshot after an entry."""
        self._worked, self._seq, self._began = 0.0, seq, time.monotonic()

    def lasted(self, seconds: float) -> None:
        """Record how long a snapshot took."""
        self.duration_seconds = seconds

    def taken(self, wall: float) -> None:
        """Record when a snapshot was written."""
        self.timestamp = wall
