"""How fast the year goes by."""

from dataclasses import dataclass

from ..client import Options

DEFAULT_SPEED = 300_000.0
"""Event seconds in a second: three and a half days, so that May to December take 71 seconds."""
LIVE_SPEED = 3_600.0
"""Once the year is over: an hour in a second, so that there is still something to watch."""
BUSY = Options(queue_samples=100_000, queue_bytes=256 * 1024 * 1024, batch_samples=2_000)
"""Options of the client: a year in a minute is three thousand samples a second, on a machine that does all the rest."""


@dataclass(frozen=True)
class Pacer:
    """Maps event time to wall time: `event_start` happens at `wall_start`, and all else `speed` times as fast."""

    event_start: float
    wall_start: float
    speed: float

    def wait_seconds(self, event_time: float, now: float) -> float:
        """Return how long to wait for a moment of event time; 0 where we are late already."""
        due = self.wall_start + (event_time - self.event_start) / self.speed
        return max(0.0, due - now)
