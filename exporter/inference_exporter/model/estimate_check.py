"""Whether estimated performance has held: the estimate for predictions whose outcome has come, beside the truth."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..arrays import Counts
from ..config.schema import Window
from ..detectors.estimated_performance.learn import RECORD
from ..detectors.estimated_performance.score_cells import ScoreCells
from ..detectors.estimated_performance.watch import EstimatedWindow, Spreads
from ..reference.reference import Reference
from ..windows.ring import RollingWindow, add_counts
from .settling import Joined

REACH = 1.7
"""Times the distance of a 95 % limit: 3.3 standard deviations, as windows are looked at again and again."""


@dataclass(frozen=True, eq=False)
class CheckedWindow:
    """Predictions of one window with scores and an outcome: `right` of `rows` were right."""

    estimated: EstimatedWindow
    rows: int
    right: int

    @property
    def known(self) -> bool:
        """Whether there are enough of them."""
        return self.rows >= self.estimated.minimum

    @cached_property
    def gap(self) -> float:
        """Realised minus estimated accuracy; NaN if unknown."""
        if not self.known:
            return float("nan")
        return self.right / self.rows - self.estimated.estimates["accuracy_ratio"][""].value

    @cached_property
    def holds(self) -> float:
        """1 if the truth is where chance and the calibration's errors may carry it, 0 if not; NaN if unknown."""
        if not self.known:
            return float("nan")
        # The limits are not symmetric, so each side is stretched by itself.
        value, lower, upper = self.estimated.estimates["accuracy_ratio"][""]
        return float(REACH * (lower - value) <= self.gap <= REACH * (upper - value))


class EstimateCheck:
    """Joined predictions by score cell, in rolling windows. Guarded by the owner's lock."""

    BUILT = ("_cells", "_minimum", "_spreads")

    def __init__(self, cells: ScoreCells, windows: tuple[Window, ...], minimum: int) -> None:
        self._cells, self._minimum = cells, minimum
        self._windows = {window.name: RollingWindow(cells.n_counts + 2, 0, window.seconds) for window in windows}
        self._spreads = {window.name: Spreads() for window in windows}

    def book(self, joined: Joined, now: float, sign: int) -> None:
        """Add joined predictions, or take them back."""
        if len(joined.outcome) == 0:
            return
        windows = list(self._windows.values())
        add_counts(windows, lambda rows: sign * self._counts(joined.take(rows)), joined.times, now)

    def _counts(self, joined: Joined) -> Counts:
        scores = joined.scores[:, : len(self._cells.classes)]
        known = ~np.isnan(joined.prediction) & ~np.isnan(scores).all(axis=1)
        prediction, right = joined.prediction[known], joined.prediction[known] == joined.outcome[known]
        counts = self._cells.counts(prediction, scores[known])
        # In one vector with the cells, so that a window forgets them together.
        return np.append(counts, [len(prediction), np.count_nonzero(right)])

    def view(self, now: float) -> dict[str, CheckedWindow]:
        """Return each window by name."""
        shown = {}
        for name, window in self._windows.items():
            counts = window.totals(now)[0]
            estimated = EstimatedWindow(self._cells, counts[:-2], self._minimum, self._spreads[name])
            shown[name] = CheckedWindow(estimated, int(counts[-2]), int(counts[-1]))
        return shown


def estimate_check_of(reference: Reference | None, windows: tuple[Window, ...], minimum: int) -> EstimateCheck | None:
    """Return the check of a model; None if its performance is not estimated."""
    learned = RECORD.of(reference)
    return None if learned is None else EstimateCheck(learned.cells, windows, minimum)
