"""Performance and traffic by slice."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..arrays import Counts, Floats
from ..config.schema import ModelConfig, Window
from ..reference.reference import Reference
from ..samples.batch import Batch
from ..values.categories import category_text
from ..values.coded import coded
from ..windows.ring import RollingWindow, add_counts
from .performance_totals import Accumulator, ClassificationAccumulator
from .settling import Joined
from .slicing import Slicer, slicer_like, slicer_of

LOSS_AT_MOST = 1e4
"""Of an absolute error, in standard deviations of the predictions: sums stay exact enough to undo one of them."""
ERRORS, SQUARES, N_SUMS = 0, 1, 2
ALL, PREDICTED, FAVOURED, N_TRAFFIC = range(4)


@dataclass(frozen=True, eq=False)
class SliceTotals:
    """Joined predictions of the slices of one column. The loss is 1 or 0 for classes, the absolute error for numbers.

    `confusion` has shape (n_slices, n_classes, n_classes), outcomes down; empty for numbers.
    """

    name: str
    labels: tuple[str, ...]
    n: Floats
    loss: Floats
    squared_loss: Floats
    classes: tuple[str, ...]
    confusion: Floats


@dataclass(frozen=True, eq=False)
class SliceTraffic:
    """Samples of the slices of one column in a window: all, those with a prediction, those with the favourable one."""

    name: str
    labels: tuple[str, ...]
    samples: Counts
    predicted: Counts
    favoured: Counts


def searched(config: ModelConfig, reference: Reference, importances: Floats | None) -> list[Slicer]:
    """Return the slicers of the features among which the worst slices are sought, the most important ones."""
    places = [place for place, column in enumerate(reference.columns) if column.group == "feature"]
    if importances is not None:
        places.sort(key=lambda place: -float(importances[place]))
    return [slicer_like(reference.columns[place]) for place in places[: config.worst_slices.features]]


def configured(config: ModelConfig, reference: Reference | None) -> list[Slicer]:
    """Return the slicers that the configuration names."""
    columns = {column.name: column for column in (reference.of_group("feature") if reference else [])}
    return [slicer_of(name, of, columns.get(name)) for name, of in config.slices.items()]


class SliceBreakdown:
    """Losses of the slices of several columns; of the first `n_detailed` also the confusion of classes."""

    def __init__(
        self, key: str, slicers: Sequence[Slicer], accumulator: Accumulator, spread: float, *, detailed: bool
    ) -> None:
        self.key = key
        self._slicers = list(slicers)
        self._accumulator = accumulator
        classes = isinstance(accumulator, ClassificationAccumulator)
        self._classes = accumulator.n_scores if classes and detailed else 0
        self._spread = spread if np.isfinite(spread) and spread > 0 else 1.0
        self._starts = np.cumsum([0, *(slicer.size for slicer in slicers)])
        self._size = int(self._starts[-1])
        self.width = len(slicers)
        self.n_counts = self._size * (1 + self._classes**2)
        self.n_sums = N_SUMS * self._size

    def encode(self, batch: Batch) -> Floats:
        """Return the slice of each sample in each column."""
        return np.stack([slicer.encode(batch) for slicer in self._slicers], axis=1)

    def add_up(self, joined: Joined, columns: Floats) -> tuple[Counts, Floats]:
        """Return numbers, confusion, losses and squared losses of each slice."""
        # Scores alone make no prediction to be right or wrong.
        known = ~np.isnan(joined.prediction)
        loss = self._losses(joined.prediction, joined.outcome)
        row, column = np.nonzero(~np.isnan(columns) & known[:, np.newaxis])
        # The slices of all columns lie one after another in one vector.
        cells = self._starts[column] + columns[row, column].astype(np.intp)
        size, c = self._size, self._classes
        counts = [np.bincount(cells, minlength=size)]
        if c:
            pair = (joined.outcome[row] * c + joined.prediction[row]).astype(np.intp)
            counts.append(np.bincount(cells * c * c + pair, minlength=size * c * c))
        sums = [np.bincount(cells, loss[row] ** power, minlength=size) for power in (1, 2)]
        return np.concatenate(counts), np.concatenate(sums)

    def _losses(self, prediction: Floats, outcome: Floats) -> Floats:
        if isinstance(self._accumulator, ClassificationAccumulator):
            return np.asarray((prediction != outcome).astype(np.float64))
        with np.errstate(over="ignore", invalid="ignore"):
            return np.asarray(np.minimum(np.abs(prediction - outcome) / self._spread, LOSS_AT_MOST))

    def view(self, counts: Counts, sums: Floats) -> list[SliceTotals]:
        """Return the totals of each column."""
        size, c = self._size, self._classes
        unit = 1.0 if isinstance(self._accumulator, ClassificationAccumulator) else self._spread
        confusion = counts[size:].reshape(size, c, c).astype(np.float64)
        names = self._accumulator.classes.names if isinstance(self._accumulator, ClassificationAccumulator) else ()
        found = []
        for slicer, start in zip(self._slicers, self._starts.tolist(), strict=False):
            own = slice(start, start + slicer.size)
            shown = confusion[own, : len(names), : len(names)]
            squares = sums[size:][own] * unit**2
            numbers = counts[:size][own].astype(np.float64)
            found.append(
                SliceTotals(slicer.name, slicer.labels, numbers, sums[:size][own] * unit, squares, names, shown)
            )
        return found


class SlicedTraffic:
    """Samples by slice in each window. Guarded by the monitor's lock."""

    def __init__(self, config: ModelConfig, reference: Reference | None, windows: Sequence[Window]) -> None:
        self._slicers = configured(config, reference)
        favourable = config.fairness.favourable
        self._favourable = None if favourable is None else category_text(favourable)
        self._starts = np.cumsum([0, *(slicer.size for slicer in self._slicers)])
        size = int(self._starts[-1]) * N_TRAFFIC
        self._windows = {each.name: RollingWindow(size, 0, each.seconds) for each in windows}

    def add(self, batch: Batch, times: Floats, now: float) -> None:
        """Count the samples of a batch."""
        kinds = self._kinds(batch)
        cells = [
            slicer.encode(batch) + start for slicer, start in zip(self._slicers, self._starts.tolist(), strict=False)
        ]
        windows = list(self._windows.values())
        add_counts(windows, lambda rows: self._counts([column[rows] for column in cells], kinds[rows]), times, now)

    def _kinds(self, batch: Batch) -> Counts:
        """Return for each sample whether it has a prediction, and the favourable one."""
        kinds = np.full(batch.size, ALL)
        if batch.prediction is not None:
            codes, texts = coded(batch.prediction)
            kinds[codes >= 0] = PREDICTED
            if self._favourable in texts:
                kinds[codes == texts.index(str(self._favourable))] = FAVOURED
        return kinds

    def _counts(self, columns: Sequence[Floats], kinds: Counts) -> Counts:
        counts: Counts = np.zeros(int(self._starts[-1]) * N_TRAFFIC, dtype=np.int64)
        for column in columns:
            known = ~np.isnan(column)
            places = column[known].astype(np.intp) * N_TRAFFIC + kinds[known]
            counts += np.bincount(places, minlength=len(counts))
        return counts

    def view(self, name: str, now: float) -> list[SliceTraffic]:
        """Return the samples of each slice in a window."""
        counts, _ = self._windows[name].totals(now)
        table = counts.reshape(-1, N_TRAFFIC)
        found = []
        for slicer, start in zip(self._slicers, self._starts.tolist(), strict=False):
            own = table[start : start + slicer.size]
            # The kinds exclude each other: a favourable prediction is counted as such only.
            samples, predicted = own.sum(axis=1), own[:, PREDICTED:].sum(axis=1)
            found.append(SliceTraffic(slicer.name, slicer.labels, samples, predicted, own[:, FAVOURED].copy()))
        return found


@dataclass(frozen=True, eq=False)
class SlicesView:
    """The slices of one window; empty lists where nothing is configured, or no outcome is known."""

    traffic: Sequence[SliceTraffic]
    totals: Sequence[SliceTotals]
    searched: Sequence[SliceTotals]
