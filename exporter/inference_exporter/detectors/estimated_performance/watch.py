"""Estimates performance of every window without outcomes, from scores whose calibration the reference shows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np

from ...arrays import Counts, Floats
from ...measures.performance import CLASSIFICATION_MEASURES, ClassificationTotals, Z
from ...reference.grid import Located
from ...samples.batch import Batch
from ...windows.ring import RollingWindow, add_counts
from .._base import DetectorKind, WatchedModel
from .expected import drawn_totals, expected_totals
from .learn import RECORD, TRAIT
from .score_cells import ScoreCells

KEY = "estimated_performance"
DRAWS = 100
"""The deviation of so many draws to one side is known to a tenth. A view waits for them, some 0.3 ms each."""
GROWN, SHRUNK, SHIFTED, NOISE, COARSE = 2.0, 0.8, 0.1, 5.0, 10
LEAST_SIDE = 0.8  # of the deviation of both sides together
Values = Mapping[tuple[str, str], float]


class Estimate(NamedTuple):
    """What a measure is expected to be, and where it will be 95 % of the time."""

    value: float
    lower: float
    upper: float


class Spreads:
    """How far outcomes may carry each measure down and up; drawing costs milliseconds, so it is kept while it holds."""

    def __init__(self) -> None:
        self._counts: Counts | None = None
        self._spreads: dict[tuple[str, str], tuple[float, float]] = {}

    def of(
        self, cells: ScoreCells, counts: Counts, values: Values, *, may_wait: bool = False
    ) -> Mapping[tuple[str, str], tuple[float, float]]:
        """Return the deviation below and above each value; drawn anew if the samples differ from those before.

        With `may_wait`, the deviations of somewhat different samples serve until a later view.
        """
        is_new = self._counts is None or values.keys() != self._spreads.keys()
        if is_new or (not may_wait and self._counts is not None and _differ(self._counts, counts)):
            draws = [measured(totals) for totals in drawn_totals(cells, counts, DRAWS)]
            self._spreads = {
                key: _deviations(np.array([draw[key] for draw in draws]), value) for key, value in values.items()
            }
            self._counts = counts
        return self._spreads


def _deviations(draws: Floats, value: float) -> tuple[float, float]:
    """Return the deviation of draws below their mean, and above it; both at least their distance from the value."""
    away = draws - draws.mean()
    bias = value - draws.mean()
    below, above = (np.square(away[side]).mean() if side.any() else 0.0 for side in (away < 0, away > 0))
    least = (away.std() * LEAST_SIDE) ** 2
    return float(np.sqrt(max(below, least) + bias**2)), float(np.sqrt(max(above, least) + bias**2))


def _differ(one: Counts, other: Counts) -> bool:
    """Return whether deviations of one do not hold for the other: it has other shares of coarse cells, or another size.

    Those of fewer samples are wider, so a window may grow more than it may shrink.
    """
    n, m = int(one[-2]), int(other[-2])
    if not SHRUNK * n <= m <= GROWN * n:
        return True
    shares, others = (counts[:-2].reshape(-1, COARSE).sum(axis=1) / counts[-2] for counts in (one, other))
    # Shares of n samples differ by about 1/sqrt(n) from chance alone, which does not justify drawing again.
    return bool(np.abs(shares - others).sum() > SHIFTED + NOISE / np.sqrt(n))


@dataclass(frozen=True, eq=False)
class EstimatedWindow:
    """Samples of one window by score cell and prediction."""

    cells: ScoreCells
    counts: Counts
    minimum: int
    known_spreads: Spreads = field(default_factory=Spreads)
    may_wait: bool = False
    """Whether another window has its turn to draw limits anew."""

    @property
    def samples(self) -> int:
        """Scores in the window."""
        return int(self.counts[-2])

    @property
    def beyond_ratio(self) -> float:
        """Share of the scores outside the range of the reference's, where nothing is known of their calibration."""
        return float(self.counts[-1] / self.counts[-2]) if self.counts[-2] else float("nan")

    @cached_property
    def totals(self) -> ClassificationTotals:
        """The expected totals of the samples."""
        return expected_totals(self.cells, self.counts)

    @cached_property
    def estimates(self) -> Mapping[str, Mapping[str, Estimate]]:
        """By a measure's key and class; NaN with too few samples."""
        found: dict[str, dict[str, Estimate]] = {}
        enough = self.samples >= self.minimum
        values = measured(self.totals)
        spreads = self.known_spreads.of(self.cells, self.counts, values, may_wait=self.may_wait) if enough else {}
        for (key, of_class), value in values.items():
            below, above = spreads.get((key, of_class), (float("nan"), float("nan")))
            low, high = CLASSIFICATION_MEASURES[key].range
            # Cut off at the measure's own range: an accuracy above 1 would look like a bug.
            limits = max(value - Z * below, low), min(value + Z * above, high)
            nothing = Estimate(float("nan"), float("nan"), float("nan"))
            found.setdefault(key, {})[of_class] = Estimate(value, *limits) if enough else nothing
        return found


def measured(totals: ClassificationTotals) -> Values:
    """Return every measure that can be estimated, by its key and class."""
    return {
        (measure.key, of_class): value
        for measure in CLASSIFICATION_MEASURES.values()
        if measure.estimated
        for of_class, value in measure.compute(totals).items()
    }


@dataclass(frozen=True, eq=False)
class EstimatedView:
    """All windows by name."""

    windows: Mapping[str, EstimatedWindow]


class PerformanceEstimator:
    """Counts of score cells in rolling windows."""

    BUILT = ("_spreads", "_turn", "cells")

    def __init__(self, cells: ScoreCells, watched: WatchedModel) -> None:
        self.cells = cells
        self._minimum = watched.config.drift.minimum_samples
        self._windows = {window.name: RollingWindow(cells.n_counts, 0, window.seconds) for window in watched.windows}
        self._spreads = {window.name: Spreads() for window in watched.windows}
        self._turn = 0

    def prepare(self, batch: Batch, located: Located) -> tuple[Floats, Floats] | None:
        """Return predictions as class indices, and scores as a matrix; None without scores."""
        if not batch.scores:
            return None
        return self.cells.encoded(batch.prediction, batch.scores, batch.size)

    def add(self, prepared: tuple[Floats, Floats] | None, times: Floats, now: float) -> None:
        """Add samples, slot by slot."""
        if prepared is None:
            return
        codes, matrix = prepared
        windows = list(self._windows.values())
        add_counts(windows, lambda rows: self.cells.counts(codes[rows], matrix[rows]), times, now)

    def view(self, now: float) -> EstimatedView:
        """Return the counts of each window. One window after the other has its turn to draw limits anew."""
        self._turn = (self._turn + 1) % len(self._windows)
        return EstimatedView({
            name: EstimatedWindow(
                self.cells, window.totals(now)[0], self._minimum, self._spreads[name], place != self._turn
            )
            for place, (name, window) in enumerate(self._windows.items())
        })  # fmt: skip


def _build(watched: WatchedModel) -> PerformanceEstimator | None:
    learned = RECORD.of(watched.grid.reference)
    return None if learned is None else PerformanceEstimator(learned.cells, watched)


KIND = DetectorKind(KEY, _build, (TRAIT,))
