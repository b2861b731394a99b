"""Estimates the errors of a regressor in every window without outcomes, from what the reference shows of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ...arrays import Counts, Floats
from ...reference.grid import Located
from ...samples.batch import Batch
from ...windows.ring import RollingWindow, add_counts
from .._base import DetectorKind, WatchedModel
from .error_cells import CELLS, ErrorCells
from .expected import Estimate, estimates_of
from .learn import RECORD, TRAIT

KEY = "estimated_errors"
UNKNOWN = Estimate(float("nan"), float("nan"), float("nan"))


@dataclass(frozen=True, eq=False)
class EstimatedErrorsWindow:
    """Samples of one window by cell of expected error."""

    cells: ErrorCells
    counts: Counts
    minimum: int

    @property
    def samples(self) -> int:
        """Predictions in the window."""
        return int(self.counts[:CELLS].sum())

    @property
    def beyond_ratio(self) -> float:
        """Share of the predictions outside the range of the reference's, where nothing is known of their errors."""
        return float(self.counts[CELLS] / self.samples) if self.samples else float("nan")

    @cached_property
    def estimates(self) -> Mapping[str, Estimate]:
        """By a measure's key; NaN with too few samples."""
        found = estimates_of(self.cells, self.counts[:CELLS].astype(np.float64))
        return found if self.samples >= max(self.minimum, 1) else dict.fromkeys(found, UNKNOWN)


@dataclass(frozen=True, eq=False)
class EstimatedErrorsView:
    """All windows by name."""

    windows: Mapping[str, EstimatedErrorsWindow]


class ErrorEstimator:
    """Counts of cells of expected error in rolling windows."""

    BUILT = ("cells",)

    def __init__(self, cells: ErrorCells, watched: WatchedModel) -> None:
        self.cells = cells
        self._minimum = watched.config.drift.minimum_samples
        self._windows = {window.name: RollingWindow(cells.n_counts, 0, window.seconds) for window in watched.windows}

    def prepare(self, batch: Batch, located: Located) -> tuple[Floats, Floats] | None:
        """Return the cells of samples, and which are beyond the reference; None without predictions."""
        return None if batch.prediction is None else self.cells.of(located)

    def add(self, prepared: tuple[Floats, Floats] | None, times: Floats, now: float) -> None:
        """Add samples, slot by slot."""
        if prepared is None:
            return
        cells, beyond = prepared
        windows = list(self._windows.values())
        add_counts(windows, lambda rows: self.cells.counts(cells[rows], beyond[rows]), times, now)

    def view(self, now: float) -> EstimatedErrorsView:
        """Return the counts of each window."""
        return EstimatedErrorsView({
            name: EstimatedErrorsWindow(self.cells, window.totals(now)[0], self._minimum)
            for name, window in self._windows.items()
        })  # fmt: skip


def _build(watched: WatchedModel) -> ErrorEstimator | None:
    learned = RECORD.of(watched.grid.reference)
    return (
        None
        if learned is None or watched.config.task == "classification"
        else ErrorEstimator(ErrorCells(learned, watched.grid), watched)
    )


KIND = DetectorKind(KEY, _build, (TRAIT,))
