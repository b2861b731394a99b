"""What only some measures need of joined predictions: errors by cell and their higher powers, ranks of outcomes.

Apart from the totals, since components, slices and matured windows do without, and have no memory for it.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

import numpy as np

from ..arrays import Counts, Floats
from ..measures.error_cells import N_CELLS, counts_of
from ..measures.exact_sums import N_LIMBS, rounded_sums, values_of
from ..measures.performance import ClassificationTotals, ErrorDetail, RegressionTotals
from ..windows.ring import RollingWindow
from .performance_totals import Accumulator, ClassificationAccumulator
from .settling import Joined

Totals = ClassificationTotals | RegressionTotals
# So that the fourth power is a float; the intervals of larger errors are too narrow.
LIMIT = 2.0**250


class Detail(Protocol):
    """What is added up of joined rows, besides the totals."""

    n_counts: int
    n_sums: int

    def add_up(self, joined: Joined) -> tuple[Counts, Floats]:
        """Return the counts and sums of joined rows as flat vectors."""

    def completed(self, totals: Totals, counts: Counts, sums: Floats) -> Totals:
        """Return totals with the detail of the same window."""


class ErrorSums:
    """Errors of a regressor by cell, and exact sums of higher powers.

    `centre` stays the same for as long as sums are added up; it should be close to the outcomes.
    """

    n_counts = 1 + N_CELLS
    n_sums = 6 * N_LIMBS

    def __init__(self, centre: float) -> None:
        self.centre = centre

    def add_up(self, joined: Joined) -> tuple[Counts, Floats]:
        """Return the number of rows and of errors in each cell, and the sums."""
        decided = ~np.isnan(joined.prediction)
        prediction, outcome = joined.prediction[decided], joined.outcome[decided]
        with np.errstate(over="ignore", under="ignore"):
            error = prediction - outcome
            cells = counts_of(error)
            error = np.clip(error, -LIMIT, LIMIT)
            distance = np.clip(outcome - self.centre, -LIMIT, LIMIT)
            square, distance2 = np.square(error), np.square(distance)
            powers = np.stack([
                error * np.abs(error), np.square(square), square * distance, square * distance2,
                distance * distance2, np.square(distance2),
            ])  # fmt: skip
        return np.append(len(outcome), cells), rounded_sums(powers)

    def completed(self, totals: Totals, counts: Counts, sums: Floats) -> Totals:
        """Return the totals of a regressor with its detail."""
        if not isinstance(totals, RegressionTotals):
            return totals
        return replace(totals, detail=ErrorDetail(int(counts[0]), counts[1:], self.centre, *values_of(sums)))


class Ranks:
    """Outcomes of a classifier by the rank of their score among the scores of their sample."""

    n_sums = 0

    def __init__(self, n_classes: int) -> None:
        self.n_counts = n_classes + 1

    def add_up(self, joined: Joined) -> tuple[Counts, Floats]:
        """Return the number of outcomes of each rank; the last is of those without a score among some."""
        n = self.n_counts - 1
        scores = joined.scores[:, :n]
        given = ~np.isnan(scores)
        some = given.any(axis=1)
        scores, given, outcome = scores[some], given[some], joined.outcome[some].astype(np.intp)
        score = scores[np.arange(len(outcome)), outcome]
        # A tie counts as behind: equal scores for all classes say nothing.
        ranks = np.count_nonzero(scores >= score[:, np.newaxis], axis=1)
        # A model may send only its best scores: an outcome that is not among them is behind all of them.
        ranks = np.where(np.isnan(score), n + 1, ranks)
        # One score, of a yes or no, is not a ranking.
        ranked = np.count_nonzero(given, axis=1) > 1
        return np.bincount(ranks[ranked] - 1, minlength=n + 1), np.empty(0)

    def completed(self, totals: Totals, counts: Counts, sums: Floats) -> Totals:
        """Return the totals of a classifier with its ranks."""
        return replace(totals, ranks=counts) if isinstance(totals, ClassificationTotals) else totals


def detail_of(accumulator: Accumulator, outcome: Floats) -> Detail:
    """Return the detail of a model's task; the first outcomes decide where a regressor's are."""
    if isinstance(accumulator, ClassificationAccumulator):
        return Ranks(accumulator.n_scores)
    return ErrorSums(float(np.median(outcome)) if len(outcome) else 0.0)


class Details:
    """The detail of each window. Guarded by its monitor's lock."""

    def __init__(self, detail: Detail, seconds: Mapping[str, float]) -> None:
        self._detail = detail
        self._windows = {
            name: RollingWindow(detail.n_counts, detail.n_sums, length) for name, length in seconds.items()
        }

    def advance(self, now: float) -> None:
        """Forget what has left the windows."""
        for window in self._windows.values():
            window.advance(now)

    def book(self, joined: Joined, held: list[tuple[str, int]], sign: int) -> None:
        """Add rows to a slot of each of the named windows, or undo them."""
        counts, sums = self._detail.add_up(joined)
        for name, slot in held:
            self._windows[name].add(slot, sign * counts, sign * sums)

    def completed(self, totals: Totals, name: str, now: float) -> Totals:
        """Return the totals of a window with its detail."""
        counts, sums = self._windows[name].totals(now)
        # A correction may undo a row that was joined before there were details.
        return self._detail.completed(totals, np.maximum(counts, 0), sums)
