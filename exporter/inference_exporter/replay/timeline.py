"""Timeline: the verdicts at each look, downsampled, and the episodes of drift."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..arrays import Floats
from ..model.view import HistogramView, ModelView, WindowView
from ..page.realised import performance_values
from ..reference.grid import Grid
from ..samples.batch import ModelKey
from ..windows.ring import SLOTS
from .looks import ReplaySteps

BINS_AT_MOST = 360  # a bin is at least two units of the plot's width
EPISODES_AT_MOST = 10_000
EFFECT = "psi_debiased"  # the value that the threshold applies to


@dataclass
class Episode:
    """A stretch of looks in which a column was drifted; `end` is None if it still was at the last look."""

    window: str
    group: str
    name: str
    start: float
    samples: int
    """Samples in the window at its start."""
    end: float | None = None
    peak: float = -math.inf
    """Greatest effect, and its time."""
    peak_time: float = math.nan
    measures: dict[str, float] = field(default_factory=dict)
    """All measures at the peak."""


@dataclass(frozen=True, eq=False)
class WindowTimeline:
    """One window over time, in bins; shape (bins,) or (bins, n_columns), NaN without a verdict."""

    name: str
    length_seconds: float
    samples: Floats
    """Greatest number of samples."""
    effects: NDArray[np.float32]
    """Greatest effect."""
    drifted: NDArray[np.float32]
    """1 if any verdict was drifted, otherwise 0."""
    sizes: list[int]
    """Samples of the window at each look with a verdict."""


class ModelTimeline:
    """One model from its first look to its last. Memory is bounded: looks are stored in bins."""

    def __init__(self, key: ModelKey, looks: ReplaySteps) -> None:
        self.key = key
        self._looks = looks
        self.n_bins = min(looks.number, BINS_AT_MOST)
        self.windows: dict[str, WindowTimeline] = {}
        self.grid: Grid | None = None
        self.episodes: list[Episode] = []
        self.episodes_left_out = 0
        self.looks_without_verdict: dict[str, dict[str, int]] = {}
        """By window and reason."""
        self.judged_looks: dict[str, int] = {}
        self.performance: dict[tuple[str, str], Floats] = {}
        """By measure and class: realised performance in the longest window, shape (bins,)."""
        self.last: ModelView | None = None
        self._open: dict[tuple[str, int], Episode] = {}
        self._slots: dict[str, int] = {}
        self._rated = -1
        self._seen: dict[str, tuple[float, Floats, Floats]] = {}

    @property
    def bin_seconds(self) -> float:
        """Duration of a bin."""
        return self._looks.step * self._looks.number / self.n_bins

    def bin_starts(self) -> Floats:
        """Return the start of each bin, shape (bins,)."""
        places = np.arange(self.n_bins, dtype=np.float64)
        return self._looks.first - self._looks.step + self.bin_seconds * places

    def look(self, now: float, view: ModelView, last: bool) -> None:
        """Add one look."""
        self.last = view
        for window in view.windows:
            histograms = window.histograms
            if histograms is not None and histograms.grid is not self.grid:
                # The reference was learned just now: everything before it has other columns.
                self._begin(histograms.grid)
            # A window forgets slot by slot: between two slots little changes, and a look has a cost.
            slot = int(now // (window.length_seconds / SLOTS))
            if slot != self._slots.get(window.name) or last:
                self._slots[window.name] = slot
                self._look_at(now, window, histograms)
            else:
                self._carry(self._place(now), window.name)
        self._rate(self._place(now), view)

    def _place(self, now: float) -> int:
        return min(int((now - self._looks.first) / self.bin_seconds), self.n_bins - 1)

    def _rate(self, place: int, view: ModelView) -> None:
        """Record the realised performance, once a bin."""
        window = max(view.windows, key=lambda window: window.length_seconds)
        if place == self._rated or not window.outcomes:
            return
        self._rated = place
        for item in performance_values(window, view.reference):
            series = self.performance.setdefault((item.measure, item.of_class), np.full(self.n_bins, np.nan))
            series[place] = item.value

    def _begin(self, grid: Grid) -> None:
        self.grid = grid
        self._open.clear()
        self._seen.clear()
        self.windows.clear()

    def _look_at(self, now: float, window: WindowView, histograms: HistogramView | None) -> None:
        name = window.name
        reason = window.unknown_reason
        if histograms is None or reason is not None:
            reasons = self.looks_without_verdict.setdefault(name, {})
            reasons[reason or "unknown"] = reasons.get(reason or "unknown", 0) + 1
            # Without a verdict nobody knows whether the drift goes on, so the episode ends.
            self._close(name, now, None)
            self._seen.pop(name, None)
            return
        self.judged_looks[name] = self.judged_looks.get(name, 0) + 1
        drifted, effects = histograms.drifted, histograms.drift[EFFECT]
        timeline = self._timeline(window, len(drifted))
        place = self._place(now)
        timeline.samples[place] = np.fmax(timeline.samples[place], histograms.samples)
        timeline.effects[place] = np.fmax(timeline.effects[place], effects)
        timeline.drifted[place] = np.fmax(timeline.drifted[place], drifted)
        timeline.sizes.append(histograms.samples)
        self._seen[name] = (histograms.samples, effects, drifted)
        self._close(name, now, drifted)
        for index in np.flatnonzero(drifted == 1).tolist():
            self._in_drift(now, name, index, histograms)

    def _carry(self, place: int, name: str) -> None:
        """Repeat the last result in a bin without a look of its own."""
        seen = self._seen.get(name)
        timeline = self.windows.get(name)
        if seen is None or timeline is None or not np.isnan(timeline.samples[place]):
            return
        timeline.samples[place], timeline.effects[place], timeline.drifted[place] = seen

    def _timeline(self, window: WindowView, n_columns: int) -> WindowTimeline:
        if window.name not in self.windows:
            shape = (self.n_bins, n_columns)
            nothing = np.full(shape, np.nan, dtype=np.float32)
            self.windows[window.name] = WindowTimeline(
                window.name, window.length_seconds, np.full(self.n_bins, np.nan), nothing, nothing.copy(), []
            )
        return self.windows[window.name]

    def _close(self, name: str, now: float, drifted: Floats | None) -> None:
        """End the episodes of columns that are no longer drifted."""
        for window, index in [key for key in self._open if key[0] == name]:
            if drifted is None or drifted[index] != 1:
                self._open.pop((window, index)).end = now

    def _in_drift(self, now: float, name: str, index: int, histograms: HistogramView) -> None:
        episode = self._open.get((name, index))
        if episode is None:
            column = histograms.grid.columns[index]
            episode = Episode(name, column.group, column.name, now, histograms.samples)
            self._open[name, index] = episode
            if len(self.episodes) < EPISODES_AT_MOST:
                self.episodes.append(episode)
            else:
                self.episodes_left_out += 1
        effect = float(histograms.drift[EFFECT][index])
        if effect > episode.peak:
            episode.peak, episode.peak_time = effect, now
            episode.measures = {key: float(values[index]) for key, values in histograms.drift.items()}


class Timelines:
    """The timelines of all models of a replay."""

    def __init__(self, looks: ReplaySteps) -> None:
        self._looks = looks
        self.models: dict[ModelKey, ModelTimeline] = {}

    def look(self, now: float, views: Sequence[ModelView], changed: bool) -> None:
        """Add one look at all models."""
        last = now >= self._looks.last
        if not changed and not last:
            return
        for view in views:
            if view.key not in self.models:
                self.models[view.key] = ModelTimeline(view.key, self._looks)
            self.models[view.key].look(now, view, last)
