"""EventClock: which moment of event time a model's windows have reached."""

import numpy as np

from ..arrays import Floats

FUTURE_TOLERANCE_SECONDS = 60.0  # clocks of hosts differ; more than this is a mistake, not a skew


class EventClock:
    """Follows the newest event time and, while nothing comes, walks on at the pace of the wall clock.

    Live traffic is a moment behind the wall clock, a replayed year is years
    behind: both fill their windows. A time in the future is not believed
    (one bad sample would empty every window) and becomes the moment of arrival.
    """

    def __init__(self) -> None:
        self._lag: float | None = None  # event time minus wall time, of the newest event

    def now(self, wall: float) -> float:
        """Return the event time that has been reached at a wall time."""
        return wall if self._lag is None else wall + self._lag

    def place(self, times: Floats, wall: float) -> Floats:
        """Return the event time of each sample, and move on to the newest of them.

        Parameters
        ----------
        times : ndarray of float, shape (n,), n >= 1
            Times as sent, NaN where none was.
        wall : float
            Arrival time.
        """
        unknown = ~(times <= wall + FUTURE_TOLERANCE_SECONDS)  # also true for NaN
        if unknown.all():
            self._lag = self._lag or 0.0
            return np.full(len(times), self.now(wall))
        newest = float(times[~unknown].max())
        self._lag = newest - wall if self._lag is None else max(self._lag, newest - wall)
        return np.where(unknown, self.now(wall), times) if unknown.any() else times
