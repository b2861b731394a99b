"""Clocks: EventClock, the moment of event time that a model's windows have reached, and SteadyClock, the wall clock."""

import threading
import time
from collections.abc import Callable

import numpy as np

from ..arrays import Floats
from ..config.schema import LimitsConfig

# A thread may wait between reading the clock and being heard; a clock that lies further back was set back.
DISORDER_SECONDS = 10.0
LAG_PERIOD_SECONDS = 60.0
STEP_SECONDS = 5.0  # more than a clock is slewed by between two readings
PATIENCE_SECONDS = 10.0


class EventClock:
    """Follows the newest event time and, while nothing comes, walks on at the pace of the wall clock.

    Live traffic is a moment behind the wall clock, a replayed year is years
    behind: both fill their windows. Samples without a time happen at the event
    time reached; where they alone come for two minutes, that is the wall clock.
    Event time is never ahead of the wall clock:
    where that is set back, event time goes back with it. Where events stay
    behind for minutes, because the wall clock was set forward, event time comes
    back to them, but never to before a sample that was placed.

    Parameters
    ----------
    lead_seconds : float
        How far ahead of its arrival an event may be. Up to there it happened at arrival; what is further ahead is not
        believed (one bad clock would empty every window), has happened at arrival as well, and is counted in `ahead`.
    disorder_seconds : float
        How far wall times may lie apart that come in the wrong order; further back is a clock that was set back.
    """

    def __init__(
        self, lead_seconds: float = LimitsConfig.event_time_lead, disorder_seconds: float = DISORDER_SECONDS
    ) -> None:
        self.lead_seconds = lead_seconds
        self.ahead = 0
        self._disorder_seconds = disorder_seconds
        self._wall = -np.inf
        self._newest = -np.inf  # event time of the newest sample that was placed
        self._lag = _Lag()

    def now(self, wall: float) -> float:
        """Return the event time that has been reached at a wall time."""
        self._follow(wall)
        return min(max(self._newest, self._wall + self._lag.seconds), self._wall)

    def _follow(self, wall: float) -> None:
        if self._wall - wall > self._disorder_seconds:
            self._wall, self._newest = wall, min(self._newest, wall)
            self._lag.restart(wall)
        self._wall = max(self._wall, wall)

    def place(self, times: Floats, wall: float) -> Floats:
        """Return the event time of each sample, and move on to the newest of them.

        Parameters
        ----------
        times : ndarray of float, shape (n,), n >= 1
            Times as sent, NaN where none was.
        wall : float
            Arrival time.
        """
        self._follow(wall)
        believed = times <= self._wall + self.lead_seconds  # not NaN
        whole = bool(believed.all())
        known = times if whole else times[believed]
        if len(known):
            self._hear(min(float(known.max()), self._wall))
        elif self._lag.is_old(self._wall):  # samples without a time are all there is to go by
            self._lag.hear(0.0, self._wall)
        now = self.now(wall)
        if whole:
            return times if float(known.max()) <= now else np.minimum(times, now)
        self.ahead += int(np.count_nonzero(times > self._wall + self.lead_seconds))
        self._newest = now
        return np.minimum(np.where(believed, times, now), now)

    def _hear(self, event: float) -> None:
        if event >= self._newest:  # what is older says nothing about where event time has come to
            self._newest = event
            self._lag.hear(event - self._wall, self._wall)


class _Lag:
    """Event time less wall time: the greatest of the last one to two periods in which events came, at most 0."""

    def __init__(self) -> None:
        self._before = self._current = -np.inf
        self._began = self._heard = -np.inf

    @property
    def seconds(self) -> float:
        """The lag, 0 before the first event."""
        return max(self._before, self._current) if self._current > -np.inf else 0.0

    def is_old(self, wall: float) -> bool:
        """Tell whether no event came for as long as the lag is remembered."""
        return wall >= self._heard + 2 * LAG_PERIOD_SECONDS

    def hear(self, lag: float, wall: float) -> None:
        """Take in the lag of a newest event."""
        self._heard = wall
        if wall >= self._began + LAG_PERIOD_SECONDS:
            self._before, self._current, self._began = self._current, lag, wall
        else:
            self._current = max(self._current, lag)

    def restart(self, wall: float) -> None:
        """Begin the period in progress anew: the clock that it was timed by was set back."""
        self._began, self._heard = min(self._began, wall), min(self._heard, wall)


class SteadyClock:
    """Unix time that does not follow the wall clock in a step before the step has lasted.

    A wall clock that jumps and comes back within `PATIENCE_SECONDS` of the monotonic clock is seen by nobody; one
    that stays where it is has been set, or the machine was asleep, and is followed. Safe for threads.
    """

    def __init__(self, wall: Callable[[], float] = time.time, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._read_wall, self._read_monotonic = wall, monotonic
        self._lock = threading.Lock()
        self._offset = wall() - monotonic()
        self._doubted_since: float | None = None
        self.steps = {"back": 0, "forward": 0}
        """Steps of the wall clock that were met, those that did not last among them."""

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
