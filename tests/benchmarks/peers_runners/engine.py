"""The engine as the benchmarks use it: a model's windows and their verdicts, without what else a monitor does.

Samples are laid over the grid once and then counted into the windows, which is what `Monitor.add` does with them. A
verdict stays as it is from one look at a window to the next, so it is asked for only when a look is due; the answers
are those of a scrape at every moment.

`ScreenedEngine` is several times as fast: while nothing is declared, it computes the effects first, and asks for the
verdict only if one reaches its threshold and leaves its band. Effects that earlier looks showed are then held against
less, so it declares whatever `Engine` does, and now and then more.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from inference_exporter.arrays import Floats
from inference_exporter.config.schema import ModelConfig, Window
from inference_exporter.measures.drift._base import Comparison
from inference_exporter.measures.evidence._base import Shift
from inference_exporter.model.histograms import Counted, Histograms
from inference_exporter.model.view import HistogramView
from inference_exporter.reference.grid import Located
from inference_exporter.reference.normal_scores import RankScores
from inference_exporter.reference.reference import Reference
from inference_exporter.samples.batch import Batch, ModelKey
from inference_exporter.verdict.effects import Effects
from inference_exporter.verdict.judging import Judging
from numpy.typing import NDArray

KEY = ModelKey("m", "1", "champion")
START = 1_800_000_000.0


class Engine:
    """One model at default configuration; `declared` has shape (n_windows, n_columns)."""

    def __init__(self, reference: Reference, windows: Sequence[Window]) -> None:
        self._histograms = Histograms(reference, ModelConfig("m", "1"), tuple(windows))
        self._windows = windows
        self.grid = self._histograms.grid
        self.names = [column.name for column in self.grid.columns]
        self.declared = np.zeros((len(windows), len(self.names)), dtype=np.bool_)
        self.views: dict[str, HistogramView] = {}
        """What the last look at each window saw."""

    def locate(self, columns: dict, rows: int) -> Located:
        """Lay samples over the grid."""
        return self.grid.locate(Batch(rows, KEY, np.full(rows, START), features=columns))

    def feed(self, counts: NDArray[np.integer], sums: NDArray[np.float64], now: float) -> None:
        """Count samples of this moment into the windows."""
        samples = self._samples(counts)
        for window in self._histograms.windows.values():
            window.advance(now)
            window.add(int(window.slot_of(np.array([now]))[0]), counts, sums)
            window.received += samples

    def at(self, now: float) -> NDArray[np.bool_]:
        """Return which columns each window declares at a moment."""
        declared = self.declared.copy()
        for place, window in enumerate(self._windows):
            if self._changes(window.name, now):
                counted = self._histograms.counted(window.name, now)
                view = self.views[window.name] = self._histograms.view_of(window.name, counted, now)
                declared[place] = view.drifted == 1
        self.declared = declared
        return declared

    @property
    def looks(self) -> int:
        """Looks taken so far, at all windows."""
        return sum(self._histograms.budget.looks.values())

    def _changes(self, name: str, now: float) -> bool:
        """Return whether the verdict may change: a look is due, or the window has too few samples for any."""
        rolling, looks = self._histograms.windows[name], self._histograms._looks[name]
        rolling.advance(now)
        samples = self._samples(rolling._total)
        if samples < self._histograms.judging.minimum_samples:
            return True
        return looks.due(now, samples, rolling.received) or looks.ending(now, samples, rolling.received)

    def _samples(self, counts: NDArray[np.integer]) -> int:
        return int(counts[: self.grid.columns[0].buckets.n_cells].sum())


class ScreenedEngine(Engine):
    """Leaves out the p-values of looks that cannot begin a verdict."""

    def __init__(self, reference: Reference, windows: Sequence[Window]) -> None:
        super().__init__(reference, windows)
        self._of_effects = Judging(self.grid, self._histograms.measuring, ModelConfig("m", "1"))
        self._of_effects.scores = Moves(self._of_effects.scores)
        self._variation: dict[tuple[str, int], tuple[Mapping[str, Floats], Mapping[str, Floats]]] = {}

    def _changes(self, name: str, now: float) -> bool:
        if not super()._changes(name, now):
            return False
        place = [window.name for window in self._windows].index(name)
        counted = self._histograms.counted(name, now)
        if counted.fault is not None or self.declared[place].any() or self._matters(name, counted):
            return True
        # The look is taken and paid for, as by the engine; it flags nothing.
        looks = self._histograms._looks[name]
        if looks.due(now, counted.samples, counted.arrived):
            if self._histograms._purse.pay(self._histograms.significance, now):
                looks.number += 1
                looks._schedule.looked(now, counted.samples, counted.arrived)
        else:
            looks._schedule.looked_to_end(now, counted.samples)
        return False

    def _matters(self, name: str, counted: Counted) -> bool:
        """Return whether any effect reaches its threshold and leaves its band."""
        design, bands = self._learned(name, counted.samples)
        measuring = self._histograms.measuring
        comparison = Comparison(
            measuring.reference_buckets,
            self.grid.fold(counted.cells),
            measuring._n_buckets,
            None,
            measuring.singletons,
            measuring._reference_shares,
        )
        inputs = self._of_effects.inputs(counted.cells, comparison, None, design)
        with np.errstate(invalid="ignore"):
            return bool((Effects(inputs, self._of_effects.thresholds, bands).sizes >= 1.0).any())

    def _learned(self, name: str, samples: int) -> tuple[Mapping[str, Floats], Mapping[str, Floats]]:
        """Return the design effects and bands of a window, which most looks share."""
        if (name, samples) not in self._variation:
            variation, seconds = self._histograms._variation, self._histograms._lengths[name]
            self._variation[name, samples] = (
                variation.design_effects(samples, seconds),
                variation.bands(samples, seconds),
            )
        return self._variation[name, samples]


class Moves:
    """The differences of mean scores without their p-values."""

    def __init__(self, scores: RankScores) -> None:
        self._scores = scores

    def compare(self, cells: NDArray[np.integer], *_: object) -> tuple[Shift, Shift]:
        """Return the shifts of location and scale, with unknown p-values and variances."""
        window, reference = self._scores._moments(cells), self._scores._reference_moments
        unknown = np.full(len(window.n), np.nan)
        with np.errstate(divide="ignore", invalid="ignore"):
            location = window.first / window.n - reference.first / reference.n
            scale = window.second / window.n - reference.second / reference.n
        return Shift(location, unknown, unknown), Shift(scale, unknown, unknown)
