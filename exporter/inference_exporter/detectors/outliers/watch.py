"""Samples that are unlike the reference: their number in each window, and the most extreme of them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from ...arrays import Floats
from ...reference.grid import Grid, Located
from ...samples.batch import Batch
from ...verdict.budget import LOOKS_PER_WINDOW, significance_per_look
from ...windows.ring import SLOTS, RollingWindow, stretches
from .._base import DetectorKind, WatchedModel
from .calibration import TAIL, calibration_from_json
from .dependence import whitening
from .excess import dispersion, excess_p_value, precision, unusual
from .extreme import Outlier, Why, describe
from .learn import RECORD, TRAIT, Learned
from .scorer import Scorer


@dataclass(frozen=True)
class OutliersInWindow:
    """One window; unknown values are NaN."""

    samples: int
    outliers: int
    ratio: float
    excess_p_value: float
    unusual: float
    most_extreme: Sequence[Outlier]


@dataclass(frozen=True)
class OutliersView:
    """Each window by name, the share expected from the reference, and outliers since the start."""

    windows: Mapping[str, OutliersInWindow]
    expected_ratio: float
    total: int


class Candidate(NamedTuple):
    """One of the most extreme samples of a batch. Most are less extreme than those of earlier batches."""

    row: int
    p_value: float
    why: Why
    score: float


@dataclass(frozen=True, eq=False)
class Judged:
    """The samples of a batch: which are outliers, and the most extreme, which are described only if they are kept."""

    outliers: NDArray[np.bool_]
    extremes: Sequence[Candidate]
    batch: Batch
    located: Located


class MostExtreme:
    """The most extreme outliers of each slot of one window."""

    def __init__(self, window: RollingWindow, keep: int) -> None:
        self._window = window
        self._keep = keep
        self._slots: defaultdict[int, list[Outlier]] = defaultdict(list)

    def takes(self, slot: int, p_value: float) -> bool:
        """Return whether an outlier would be kept: of equal ones the first is."""
        kept = self._slots.get(slot, [])
        return self._keep > 0 and (len(kept) < self._keep or p_value < kept[-1].p_value)

    def add(self, slot: int, outliers: Sequence[Outlier]) -> None:
        """Add outliers to a slot of the window, and forget expired slots."""
        # A list first: the dictionary must not change while it is walked.
        for left in [known for known in self._slots if not self._window.holds(known)]:
            del self._slots[left]
        self._slots[slot] = self._first([*self._slots[slot], *outliers])

    def outliers(self) -> Sequence[Outlier]:
        """Return the most extreme outliers of the window, the most extreme first."""
        return self._first([one for slot, kept in self._slots.items() if self._window.holds(slot) for one in kept])

    def _first(self, outliers: Sequence[Outlier]) -> list[Outlier]:
        return sorted(outliers, key=attrgetter("p_value"))[: self._keep]


class OutliersDetector:
    """Scores samples, counts outliers in windows and keeps the most extreme ones."""

    def __init__(self, watched: WatchedModel, learned: Learned) -> None:
        self._config = watched.config.outliers
        self._minimum = watched.config.drift.minimum_samples
        self._scorer = scorer_of(watched.grid, learned)
        self._calibrations = {
            cast(Why, key): calibration_from_json(content) for key, content in learned.calibrations.items()
        }
        self._bounds = {
            # Each score gets an equal part of the share, since a sample is an outlier by any of them.
            key: each.score_of(self._config.share / len(self._calibrations))
            for key, each in self._calibrations.items()
        }
        self._expected = self._config.share * float(learned.coverage)
        # The least certain calibration limits how well the expected share is known.
        exceedances = min(each.exceedances for each in self._calibrations.values())
        self._known = precision(exceedances, TAIL, self._config.share / len(self._calibrations))
        self._dispersion = float(learned.dispersion)
        self._significance = _significance(watched)
        self._windows = {window.name: RollingWindow(2, 0, window.seconds) for window in watched.windows}
        self._extremes = {name: MostExtreme(window, self._config.keep) for name, window in self._windows.items()}
        self._total = 0

    def prepare(self, batch: Batch, located: Located) -> Judged:
        """Return which samples are outliers."""
        scores = self._scorer.scores(located)._asdict()
        outliers = np.zeros(batch.size, dtype=np.bool_)
        for key, bound in self._bounds.items():
            outliers |= scores[key] >= bound
        rows = np.flatnonzero(outliers)
        return Judged(outliers, self._extremes_of(rows, scores) if len(rows) else [], batch, located)

    def _extremes_of(self, rows: NDArray[np.intp], scores: Mapping[str, Floats]) -> list[Candidate]:
        keys = list(self._calibrations)
        p_values = np.stack([self._calibrations[key].p_values(scores[key][rows]) for key in keys])
        combined = np.minimum(len(keys) * p_values.min(axis=0), 1.0)
        extremes: list[Candidate] = []
        for place in np.argsort(combined, kind="stable")[: self._config.keep].tolist():
            row = int(rows[place])
            # One very rare value explains a sample more simply than its effect on every combination.
            simple = scores["greatest"][row] >= self._bounds["greatest"]
            key = "greatest" if simple else keys[int(p_values[:, place].argmin())]
            extremes.append(Candidate(row, float(combined[place]), key, float(scores[key][row])))
        return extremes

    def add(self, prepared: Judged, times: Floats, now: float) -> None:
        """Count samples and outliers in each window that covers them."""
        self._total += int(np.count_nonzero(prepared.outliers))
        for rows, held in stretches(list(self._windows.values()), times, now):
            own = prepared.outliers[rows]
            counts = np.array([len(own), np.count_nonzero(own)])
            for window, slot in held:
                window.add(slot, counts, np.zeros(0))
        if prepared.extremes:
            self._keep_extremes(prepared, times[[candidate.row for candidate in prepared.extremes]])

    def _keep_extremes(self, prepared: Judged, times: Floats) -> None:
        """Keep those of a batch's most extreme samples that are among the most extreme of their slot."""
        described: dict[int, Outlier] = {}
        for name, window in self._windows.items():
            most = self._extremes[name]
            for candidate, slot, when in zip(
                prepared.extremes, window.slot_of(times).tolist(), times.tolist(), strict=True
            ):
                if not (window.holds(slot) and most.takes(slot, candidate.p_value)):
                    continue
                if candidate.row not in described:
                    described[candidate.row] = replace(self._described(prepared, candidate), time=when)
                most.add(slot, [described[candidate.row]])

    def _described(self, prepared: Judged, candidate: Candidate) -> Outlier:
        row, p_value, why, score = candidate
        batch, located = prepared.batch, prepared.located
        return describe(self._scorer, batch, located, row, why, score, p_value, self._config.values)

    def view(self, now: float) -> OutliersView:
        """Return each window with its expectation."""
        return OutliersView({name: self._in_window(name, now) for name in self._windows}, self._expected, self._total)

    def _in_window(self, name: str, now: float) -> OutliersInWindow:
        slots = self._windows[name].by_slot(now)
        samples, outliers = slots.sum(axis=0).tolist()
        most_extreme = self._extremes[name].outliers()
        if samples < self._minimum:
            return OutliersInWindow(samples, outliers, np.nan, np.nan, np.nan, most_extreme)
        ratio = np.array(outliers / samples)
        # Outliers cluster: in the window itself, or as they did in the reference, whichever is more.
        scatter = max(dispersion(slots[:, 0], slots[:, 1]), self._dispersion)
        p_value = excess_p_value(np.array(samples), np.array(outliers), self._expected, self._known, scatter)
        verdict = unusual(ratio, self._expected, p_value, self._significance)
        return OutliersInWindow(samples, outliers, float(ratio), float(p_value), float(verdict), most_extreme)


def scorer_of(grid: Grid, learned: Learned) -> Scorer:
    """Return the scorer for what was learned."""
    places = {column.name: index for index, column in enumerate(grid.columns) if column.group == "feature"}
    numeric = [places[name] for name in learned.columns]
    if len(numeric) < 2:
        return Scorer(grid, [], None)
    matrix = np.eye(len(numeric))
    # The file has one half of the symmetric matrix.
    matrix[np.triu_indices(len(numeric), 1)] = learned.correlation
    return Scorer(grid, numeric, whitening(matrix + np.triu(matrix, 1).T))


def _significance(watched: WatchedModel) -> float:
    """Return the probability of a false alarm that one look at one window may use.

    A window is looked at with every scrape, but changes slot by slot: that is
    a fixed multiple of the looks that the budget allows for.
    """
    lengths = [window.seconds for window in watched.windows]
    of_a_look = significance_per_look(watched.config.drift.false_alarms_per_month, lengths, "inputs")
    return of_a_look * LOOKS_PER_WINDOW / SLOTS


def _build(watched: WatchedModel) -> OutliersDetector | None:
    learned = RECORD.of(watched.grid.reference)
    return None if learned is None else OutliersDetector(watched, learned)


KIND = DetectorKind("outliers", _build, (TRAIT,))
