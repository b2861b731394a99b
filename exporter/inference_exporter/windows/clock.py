"""Clocks: EventClock, the event time that a model's windows have reached, and SteadyClock, the wall clock."""

import threading
import time
from collections.abc import Callable

import numpy as np

from ..arrays import Floats
from ..config.schema import LimitsConfig

# A thread may wait between reading the clock and calling us; a reading further back means that the clock was set back.
DISORDER_SECONDS = 10.0
LAG_PERIOD_SECONDS = 60.0
STEP_SECONDS = 5.0  # more than slewing moves a clock between two readings
PATIENCE_SECONDS = 10.0


class EventClock:
    """Follows the newest event time and, while no events arrive, advances at the pace of the wall clock.

    Live traffic is a moment behind the wall clock, a replayed year is years
    behind: both fill their windows. Samples without a time count at the current
    event time; if only such samples arrive for two minutes, that becomes the wall
    clock. Event time is never ahead of the wall clock: if the wall clock is set
    back, event time follows. If events lag for minutes because the wall clock was
    set forward, event time returns to them, but never to before a placed sample.

    Parameters
    ----------
    lead_seconds : float
        How far ahead of its arrival an event may be; up to there it counts at its arrival. A time further ahead is not
        believed (one bad clock would empty every window): it also counts at arrival, and in `ahead`.
    disorder_seconds : float
        How far apart wall times may be that come out of order; a larger step means that the clock was set back.
    """

    BUILT = ("_disorder_seconds", "lead_seconds")

    def __init__(
        self, lead_seconds: float = LimitsConfig.event_time_lead, disorder_seconds: float = DISORDER_SECONDS
    ) -> None:
        self.lead_seconds = lead_seconds
        self.ahead = 0
        self._disorder_seconds = disorder_seconds
        self._wall = -np.inf
        self._newest = -np.inf  # event time of the newest placed sample
        self._lag = _Lag()

    def now(self, wall: float) -> float:
        """Return the event time at a wall time."""
        self._follow(wall)
        return min(max(self._newest, self._wall + self._lag.seconds), self._wall)

    def arrival(self, wall: float) -> float:
        """Return when samples that come at a wall time arrived; NaN in event time alone, where nobody knows."""
        return wall if np.isfinite(self.lead_seconds) else float("nan")

    def _follow(self, wall: float) -> None:
        if self._wall - wall > self._disorder_seconds:
            self._wall, self._newest = wall, min(self._newest, wall)
            self._lag.restart(wall)
        self._wall = max(self._wall, wall)

    def place(self, times: Floats, wall: float) -> Floats:
        """Return the event time of each sample, and advance to the newest.

        Parameters
        ----------
        times : ndarray of float, shape (n,), n >= 1
            Times as sent, NaN if absent.
        wall : float
            Arrival time.
        """
        self._follow(wall)
        believed = times <= self._wall + self.lead_seconds  # not NaN
        whole = bool(believed.all())
        known = times if whole else times[believed]
        if len(known):
            self._hear(min(float(known.max()), self._wall))
        elif self._lag.is_old(self._wall):  # only samples without a time arrive
            self._lag.hear(0.0, self._wall)
        now = self.now(wall)
        if whole:
            return times if float(known.max()) <= now else np.minimum(times, now)
        self.ahead += int(np.count_nonzero(times > self._wall + self.lead_seconds))
        self._newest = now
        return np.minimum(np.where(believed, times, now), now)

    def _hear(self, event: float) -> None:
        if event >= self._newest:  # an older event does not move event time
            self._newest = event
            self._lag.hear(event - self._wall, self._wall)


class _Lag:
    """Event time minus wall time: the greatest of the last one to two periods with events, at most 0."""

    def __init__(self) -> None:
        self._before = self._current = -np.inf
        self._began = self._heard = -np.inf

    @property
    def seconds(self) -> float:
        """The lag, 0 before the first event."""
        return max(self._before, self._current) if self._current > -np.inf else 0.0

    def is_old(self, wall: float) -> bool:
        """Return whether no event has come for as long as the lag is remembered."""
        return wall >= self._heard + 2 * LAG_PERIOD_SECONDS

    def hear(self, lag: float, wall: float) -> None:
        """Record the lag of the newest event."""
        self._heard = wall
        if wall >= self._began + LAG_PERIOD_SECONDS:
            self._before, self._current, self._began = self._current, lag, wall
        else:
            self._current = max(self._current, lag)

    def restart(self, wall: float) -> None:
        """Restart the current period: the clock that timed it was set back."""
        self._began, self._heard = min(self._began, wall), min(self._heard, wall)


class SteadyClock:
    """Unix time that ignores a step of the wall clock until the step has lasted.

    If the wall clock jumps and returns within `PATIENCE_SECONDS` of the monotonic clock, nobody notices; if it stays,
    it was set or the machine was asleep, and this clock follows. Thread-safe.
    """

    def __init__(self, wall: Callable[[], float] = time.time, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._read_wall, self._read_monotonic = wall, monotonic
        self._lock = threading.Lock()
        self._offset = wall() - monotonic()
        self._doubted_since: float | None = None
        self.steps = {"back": 0, "forward": 0}
        """Steps of the wall clock so far, including those that did not last."""

    def __call__(self) -> float:
        """Return the time."""
        with self._lock:
            monotonic = self._read_monotonic()
            offset = self._read_wall() - monotonic
            step = offset - self._offset
            if abs(step) <= STEP_SECONDS:
                self._offset, self._doubted_since = offset, None
            elif self._doubted_since is None:
                self._doubted_since = monotonic
                self.steps["forward" if step > 0 else "back"] += 1
            elif monotonic - self._doubted_since >= PATIENCE_SECONDS:
                self._offset, self._doubted_since = offset, None
            return monotonic + self._offset
