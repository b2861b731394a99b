"""Drift of features together: of their combination, even if each alone looks unchanged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from ...arrays import Counts, Floats, Rows
from ...reference.grid import Located
from ...samples.batch import Batch
from ...verdict.budget import PARTS, significance_per_look
from ...verdict.schedule import AlphaSpending, LookSchedule
from ...windows.ring import SLOTS, RollingWindow, stretches
from .._base import DetectorKind, WatchedModel
from .._thinning import Thinning
from .learn import RECORD, TRAIT, Learned
from .measures import JOINT_MEASURES
from .measures._base import ALL, UNKNOWN, Reading, Scores, Starts, Summary, Weights
from .measures.discrepancy import MEASURE as DISCREPANCY
from .scores import Scoring
from .spaces import NumericSpace, VectorSpace

KEY = "joint"
WAITING_AT_MOST = 256  # rows
NO_COUNTS: Counts = np.zeros(0, dtype=np.int64)
# A drifted verdict holds while it is nearly true, so that a value at the border raises one alarm only.
HOLDS_ON_LEVEL, HOLDS_ON_EFFECT = 10.0, 0.8
# A month has far more windows than a reference has parts, so larger deviations than the observed ones will come.
BAND_MARGIN = 1.25


class Space(Protocol):
    """Maps rows to points."""

    def points(self, batch: Batch, located: Located, rows: Rows) -> Scores:
        """Return some rows as points."""


class Measured(NamedTuple):
    """One measure of one space: `subject` is the vector's name, empty for the numeric features."""

    subject: str
    key: str
    place: int
    summary: Summary
    band: float


@dataclass(frozen=True, eq=False)
class JointWindow:
    """One window: its sums, and the verdict of the last look."""

    measures: tuple[Measured, ...]
    means: Floats
    n: float
    """Effective number of rows; lower if only a random part was looked at."""
    minimum: int
    drifted: float = float("nan")
    """1 if the last look found drift that still nearly holds; NaN if unknown."""

    @cached_property
    def readings(self) -> Mapping[tuple[str, str], Reading]:
        """The reading of each measure, by subject and key."""
        return {(each.subject, each.key): self._read(each) for each in self.measures}

    def _read(self, measured: Measured) -> Reading:
        if not self.enough:
            return UNKNOWN
        summary = measured.summary
        return summary.read(self.means[measured.place : measured.place + summary.n_sums], self.n)

    @property
    def enough(self) -> bool:
        """Whether the window has enough samples for a verdict."""
        return self.n >= self.minimum


class Judge(NamedTuple):
    """The decision rule: the cost of a look, the smallest change that matters, and the slack for a standing verdict."""

    significance: float
    """Probability that one look at one window reports drift if nothing drifted."""
    least: float
    """Shift of a mean, in standard deviations, from which a change matters."""

    def drifted(self, window: JointWindow, before: bool) -> float:
        """Return 1 if a measure exceeds noise, is large, and exceeds the variation of the reference itself."""
        known = [(m, r) for m in window.measures if not np.isnan((r := window.readings[m.subject, m.key]).pvalue)]
        if not known:
            return float("nan")
        # Bonferroni over the measures; they see different changes, so little is lost.
        level = self.significance / len(window.measures) * (HOLDS_ON_LEVEL if before else 1.0)
        share = HOLDS_ON_EFFECT if before else 1.0
        return float(
            any(
                reading.pvalue <= level and reading.effect >= share * max(self.least, BAND_MARGIN * measured.band)
                for measured, reading in known
            )
        )


class JointVerdict:
    """The result of the last look at a window; it holds until the next."""

    def __init__(self, window_seconds: float) -> None:
        self._schedule = LookSchedule(window_seconds)
        self.due, self.ending = self._schedule.due, self._schedule.ending
        self.state = float("nan")

    def take(self, state: float, now: float, n: float, arrived: float) -> None:
        """Adopt the result of a paid look."""
        self._schedule.looked(now, n, arrived)
        self.state = state

    def take_endings(self, state: float, now: float, n: float) -> None:
        """Adopt only the end of drift, from a look that cost nothing."""
        self._schedule.looked_to_end(now, n)
        self.state = min(self.state, state)

    def forget(self) -> None:
        """Return to an unknown verdict."""
        self._schedule.restart()
        self.state = float("nan")


@dataclass(frozen=True)
class JointView:
    """All windows by name, and the features that are compared together."""

    features: tuple[str, ...]
    windows: Mapping[str, JointWindow]


class PreparedPoints(NamedTuple):
    """Some rows of a batch of `size` samples as points of each space; large batches come with their sums."""

    rows: NDArray[np.intp]
    size: int
    points: Sequence[Scores]
    weights: Weights
    sums: Floats | None = None


class JointDetector:
    """Rolling sums for the measures of each space."""

    BUILT = ("_last",)

    def __init__(self, watched: WatchedModel, learned: Learned) -> None:
        self.features = tuple(learned.features)
        self._spaces: list[tuple[Space, list[Summary]]] = []
        self._measures: list[Measured] = []
        self._n_sums = 2
        if learned.measures:
            summaries = [
                self._measured("", key, measure.restore(of), of["band"])
                for key, measure in JOINT_MEASURES.items()
                if (of := learned.measures.get(key))
            ]
            self._spaces.append((NumericSpace(Scoring(watched.grid, self.features)), summaries))
        for name, of in learned.vectors.items():
            summary = self._measured(name, DISCREPANCY.key, DISCREPANCY.restore(of["mmd"]), of["mmd"]["band"])
            self._spaces.append((VectorSpace(name, of["space"]), [summary]))
        self._windows = {window.name: RollingWindow(0, self._n_sums, window.seconds) for window in watched.windows}
        shortest = min(window.seconds for window in watched.windows)
        self._thinning = Thinning(shortest / SLOTS, seed=0)
        drift, lengths = watched.config.drift, [window.seconds for window in watched.windows]
        self._minimum = drift.minimum_samples
        significance = significance_per_look(drift.false_alarms_per_month, lengths, "joint")
        # A shift of d standard deviations has a PSI of about d squared.
        self._judge = Judge(significance, float(np.sqrt(drift.threshold)))
        self._purse = AlphaSpending(drift.false_alarms_per_month * PARTS["joint"])
        self._last: dict[str, tuple[float, float] | None] = {}
        """Samples, and all that ever arrived, of each window at its last view; None if they were too few."""
        self._looks = {window.name: JointVerdict(window.seconds) for window in watched.windows}
        self._waiting: list[tuple[PreparedPoints, Floats]] = []

    def _measured(self, subject: str, key: str, summary: Summary, band: float) -> Summary:
        self._measures.append(Measured(subject, key, self._n_sums, summary, band))
        self._n_sums += summary.n_sums
        return summary

    def prepare(self, batch: Batch, located: Located) -> PreparedPoints:
        """Return some rows as points; for many rows also their sums, used if all fall into one slot."""
        rows, weight = self._thinning.rows(batch.size)
        if len(rows) == 0:
            return PreparedPoints(rows, batch.size, [], np.zeros(0, dtype=np.float32))
        chosen: Rows = rows if len(rows) < batch.size else slice(None)
        points = [space.points(batch, located, chosen) for space, _ in self._spaces]
        weights = np.full(len(rows), weight, dtype=np.float32)
        sums = self._sums(points, weights, ALL) if len(rows) >= WAITING_AT_MOST else None
        return PreparedPoints(rows, batch.size, points, weights, sums)

    def _sums(self, points: Sequence[Scores], weights: Weights, starts: Starts) -> Floats:
        """Return the sums of stretches of rows: of their weights, of the squared weights, and of each measure."""
        own = np.stack([weights, np.square(weights)], axis=1)
        parts = [
            summary.sums(scores, weights, starts)
            for scores, (_, summaries) in zip(points, self._spaces, strict=True)
            for summary in summaries
        ]
        return np.concatenate([np.add.reduceat(own, starts, axis=0, dtype=np.float64), *parts], axis=1)

    def add(self, prepared: PreparedPoints, times: Floats, now: float) -> None:
        """Add large batches at once and collect small ones first: the cost is in calls, not in rows."""
        self._thinning.saw(prepared.size, now)
        if len(prepared.rows) == 0:
            return
        own_times = times[prepared.rows]
        if prepared.sums is not None:
            self._spread(prepared.points, prepared.weights, own_times, now, prepared.sums)
            return
        self._waiting.append((prepared, own_times))
        if sum(len(waits) for _, waits in self._waiting) >= WAITING_AT_MOST:
            self._add_waiting(now)

    def _add_waiting(self, now: float) -> None:
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        points = [np.concatenate(of_space) for of_space in zip(*(each.points for each, _ in waiting), strict=True)]
        weights = np.concatenate([each.weights for each, _ in waiting])
        self._spread(points, weights, np.concatenate([times for _, times in waiting]), now)

    def _spread(
        self, points: Sequence[Scores], weights: Weights, times: Floats, now: float, whole: Floats | None = None
    ) -> None:
        """Add rows to the slots of their times; `whole` are the sums of all rows, if known."""
        found = list(stretches(list(self._windows.values()), times, now))
        if len(found) > 1 or whole is None:
            # Rows of one slot become neighbours, so that one reduction sums all slots.
            order = np.concatenate([np.arange(len(times))[rows] for rows, _ in found])
            starts = np.cumsum([0, *(len(times[rows]) for rows, _ in found[:-1])])
            whole = self._sums([scores[order] for scores in points], weights[order], starts)
        for (_, held), of_stretch in zip(found, whole, strict=True):
            for window, slot in held:
                window.add(slot, NO_COUNTS, of_stretch)
                # Kish's effective number of rows: weights differ where only a part was looked at.
                window.received += of_stretch[0] ** 2 / of_stretch[1]

    def is_due(self, now: float) -> bool:
        """Return whether a view would look at a window."""
        enough = [(self._looks[name], last) for name, last in self._last.items() if last is not None]
        return any(looks.due(now, *last) or looks.ending(now, *last) for looks, last in enough)

    def view(self, now: float) -> JointView:
        """Return the sums of each window; they are judged on demand."""
        self._add_waiting(now)
        return JointView(self.features, {name: self._window(name, now) for name in self._windows})

    def _window(self, name: str, now: float) -> JointWindow:
        _, sums = self._windows[name].totals(now)
        arrived = self._windows[name].received
        total, squares = sums[:2]
        means = sums / total if total > 0 else sums
        n = total**2 / squares if squares > 0 else 0.0
        window = JointWindow(tuple(self._measures), means, n, self._minimum)
        looks = self._looks[name]
        self._last[name] = (n, arrived) if window.enough else None
        if not window.enough:
            looks.forget()
        elif looks.due(now, n, arrived) and self._purse.pay(self._judge.significance, now):
            looks.take(self._judge.drifted(window, before=looks.state == 1), now, n, arrived)
        elif looks.ending(now, n, arrived):
            looks.take_endings(self._judge.drifted(window, before=looks.state == 1), now, n)
        return replace(window, drifted=looks.state)


def _build(watched: WatchedModel) -> JointDetector | None:
    learned = RECORD.of(watched.grid.reference)
    return JointDetector(watched, learned) if learned else None


KIND = DetectorKind(KEY, _build, (TRAIT,))
