"""The engine as the benchmarks use it: a model's windows and their verdicts, without what else a monitor does.

Samples are laid over the grid once and then counted into the windows, which is what `Monitor.add` does with them. A
verdict stays as it is from one look at a window to the next, so it is asked for only when a look is due; the answers
are those of a scrape at every moment.
"""

from collections.abc import Sequence

import numpy as np
from inference_exporter.config.schema import ModelConfig, Window
from inference_exporter.model.histograms import Histograms
from inference_exporter.model.view import HistogramView
from inference_exporter.reference.grid import Located
from inference_exporter.reference.reference import Reference
from inference_exporter.samples.batch import Batch, ModelKey
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
