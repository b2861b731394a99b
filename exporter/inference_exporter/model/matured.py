"""Performance by time of prediction, once predictions are old enough to have their outcome.

Outcomes that come early are often special: cancellations come before arrivals.
Windows by time of arrival are biased towards them for as long as predictions
are young. Here a prediction counts at its own time plus the maturity age, and
all outcomes that it has by then count alike.
"""

import numpy as np

from ..arrays import Counts, Floats
from ..config.schema import Window
from ..windows.ring import RollingWindow, stretches
from .performance_totals import Accumulator
from .settling import Joined


class MaturedPerformance:
    """Windows over the time of prediction plus `maturity`. Guarded by its monitor's lock.

    Parameters
    ----------
    maturity : float
        Seconds.
    most : int
        Outcomes that may wait until their prediction is old enough; beyond, the next to mature are dropped.
    """

    def __init__(self, accumulator: Accumulator, windows: tuple[Window, ...], maturity: float, most: int) -> None:
        self._maturity, self._most = maturity, most
        self._windows = {
            # One count more than the measures need: the number of outcomes.
            window.name: RollingWindow(accumulator.n_counts + 1, accumulator.n_sums, window.seconds)
            for window in windows
        }
        # Columns: when it matures, sign, prediction, outcome, scores.
        self._waiting: Floats = np.zeros((0, 4 + accumulator.n_scores))
        self.dropped = 0

    def book(self, accumulator: Accumulator, joined: Joined, sign: int, now: float) -> None:
        """Add joined outcomes, or undo them with a negative sign."""
        if len(joined.outcome):
            matures = joined.predicted + self._maturity
            columns = [matures, np.full(len(matures), sign), joined.prediction, joined.outcome]
            scores = joined.scores[:, : accumulator.n_scores]  # beside them are the columns of breakdowns
            rows = np.concatenate([np.stack(columns, axis=1), scores], axis=1)
            self._count(accumulator, rows[matures <= now], now)
            self._wait(rows[matures > now])

    def _wait(self, rows: Floats) -> None:
        if not len(rows):
            return
        waiting = np.concatenate([self._waiting, rows])
        excess = len(waiting) - self._most
        if excess > 0:
            self.dropped += excess
            waiting = waiting[np.argsort(waiting[:, 0], kind="stable")][excess:]
        self._waiting = waiting

    def mature(self, accumulator: Accumulator, now: float) -> None:
        """Count what has become old enough."""
        if len(self._waiting) and self._waiting[:, 0].min() <= now:
            due = self._waiting[:, 0] <= now
            self._count(accumulator, self._waiting[due], now)
            self._waiting = self._waiting[~due]

    def _count(self, accumulator: Accumulator, rows: Floats, now: float) -> None:
        # A prediction and its correction may mature in one call; adding first
        # keeps counts from passing through a negative.
        for sign in (1, -1):
            of_sign = rows[rows[:, 1] == sign]
            for part, held in stretches(list(self._windows.values()), of_sign[:, 0], now) if len(of_sign) else ():
                if not held:
                    continue
                chosen = of_sign[part]
                counts, sums = accumulator.add_up(chosen[:, 2], chosen[:, 3], chosen[:, 4:])
                counts = sign * np.append(counts, len(chosen))
                for window, slot in held:
                    window.add(slot, counts, sign * sums)

    def window(self, name: str, now: float) -> tuple[Counts, Floats]:
        """Return the counts and sums of a window; the last count is the number of outcomes."""
        return self._windows[name].totals(now)
