"""The speed of the replay."""

from dataclasses import dataclass

from ..client import Options

DEFAULT_SPEED = 300_000.0
"""Event seconds per second: three and a half days, so that May to December take 71 seconds."""
LIVE_SPEED = 3_600.0
"""Speed after the end of the year: an hour per second, so that there is still something to watch."""
BUSY = Options(queue_samples=100_000, queue_bytes=256 * 1024 * 1024, batch_samples=2_000)
"""Options of the client: a year per minute is three thousand samples per second, on a busy machine."""


@dataclass(frozen=True)
class Pacer:
    """Maps event time to wall time: `event_start` is at `wall_start`, and time passes `speed` times as fast."""

    event_start: float
    wall_start: float
    speed: float

    def wait_seconds(self, event_time: float, now: float) -> float:
        """Return how long to wait for a moment of event time; 0 if it has passed."""
        # From the start, not from the last step: small delays do not add up.
        due = self.wall_start + (event_time - self.event_start) / self.speed
        return max(0.0, due - now)
