"""What outcomes do to the predictions that they belong to: the same rules for those in memory and in the store."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..arrays import Floats, Rows


@dataclass(frozen=True, slots=True)
class Joined:
    """Rows of predictions with their outcomes; `times` is when both were known."""

    prediction: Floats
    scores: Floats
    outcome: Floats
    times: Floats
    delays: Floats
    predicted: Floats
    """When the predictions were made."""

    def take(self, rows: Rows) -> "Joined":
        """Return some of the rows."""
        columns = (self.prediction, self.scores, self.outcome, self.times, self.delays, self.predicted)
        return Joined(*(column[rows] for column in columns))


@dataclass(frozen=True, slots=True)
class JoinResult:
    """The effect of a batch of outcomes: rows to add, earlier rows to undo, and which outcomes found a prediction.

    `first` marks the added rows that are the first outcome of their prediction, and not a correction.
    """

    added: Joined
    first: NDArray[np.bool_]
    retracted: Joined
    found: NDArray[np.bool_]
    rows: NDArray[np.intp]
    """Which of the outcomes were added."""


class Waiting(NamedTuple):
    """Predictions that outcomes were found for, and what is known of them; each array has one row a prediction."""

    prediction: Floats
    scores: Floats
    time: Floats
    outcome: Floats
    """An earlier outcome, NaN without."""
    joined: Floats
    """When the earlier outcome was joined."""

    def rows(self, rows: NDArray[np.bool_], outcome: Floats, times: Floats, delays: Floats) -> Joined:
        """Return some of them with an outcome."""
        columns = (self.prediction, self.scores, outcome, times, delays, self.time)
        return Joined(*(column[rows] for column in columns))


def settled(waiting: Waiting, outcomes: Floats, times: Floats, now: float) -> tuple[JoinResult, NDArray[np.bool_]]:
    """Return what outcomes do to predictions, one each: a first one, a correction, or a repetition without effect.

    The second value marks the outcomes with an effect.
    """
    delays = times - waiting.time
    # Both are known when the later of the two is; an outcome dated in the future counts now.
    when = np.minimum(np.maximum(times, waiting.time), now)
    new = np.isnan(waiting.outcome)
    changed = ~new & (waiting.outcome != outcomes)
    taken = new | changed
    added = waiting.rows(taken, outcomes, when, delays)
    # At the time at which it was added, so that it leaves the slot that holds it.
    retracted = waiting.rows(changed, waiting.outcome, waiting.joined, delays)
    nothing = np.zeros(0, dtype=np.bool_)
    return JoinResult(added, new[taken], retracted, nothing, np.zeros(0, np.intp)), taken
