"""How much each feature contributes to predictions, if samples carry attributions, compared with the reference."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ...arrays import Counts, Floats
from ...reference.grid import Located
from ...samples.batch import Batch
from ...values.numbers import as_numbers
from ...windows.ring import RollingWindow, stretches
from .._base import DetectorKind, WatchedModel
from .learn import RECORD, TRAIT, Learned
from .ranking import gain_kept, nearest_to

KEY = "attributions"
THRESHOLD = 0.9
"""Gain below which the ranking of features has changed."""


@dataclass(frozen=True, eq=False)
class Means:
    """Mean absolute attribution of each feature with its standard error, shape (n_features,); NaN below two."""

    mean: Floats
    error: Floats


@dataclass(frozen=True, eq=False)
class AttributionWindow:
    """One window and the reference, which is unknown until it is learned."""

    means: Means
    reference: Means | None
    samples: float
    minimum: int

    @property
    def known(self) -> bool:
        """Whether a reference exists, with enough samples to compare with it."""
        return self.reference is not None and self.samples >= self.minimum

    @cached_property
    def gain(self) -> float:
        """How much of the reference's ranking the window keeps, 0 to 1; NaN if unknown."""
        if self.reference is None or not self.known:
            return float("nan")
        return gain_kept(self.reference.mean, self.means.mean)

    @cached_property
    def drifted(self) -> float:
        """1 if the ranking has changed by more than noise; NaN if unknown."""
        if self.reference is None or not self.known or np.isnan(self.gain):
            return float("nan")
        # The most favourable means within the noise: only if even these change the ranking has it changed.
        error = np.hypot(self.means.error, self.reference.error)
        return float(
            gain_kept(self.reference.mean, nearest_to(self.reference.mean, self.means.mean, error)) < THRESHOLD
        )


@dataclass(frozen=True, eq=False)
class AttributionView:
    """All windows by name, over the features that have had any attribution."""

    features: tuple[str, ...]
    reference: Means | None
    windows: Mapping[str, AttributionWindow]


@dataclass(frozen=True, eq=False)
class PreparedAttributions:
    """Absolute attributions of some features, shape (n_features, n), NaN if absent."""

    places: NDArray[np.intp]
    sizes: Floats


class AttributionDetector:
    """Sums over rolling windows; if the reference has no attributions, the first samples serve as the reference."""

    def __init__(self, watched: WatchedModel) -> None:
        reference, config = watched.grid.reference, watched.config
        sources = list(reference.derived)
        columns = [column.name for column in reference.of_group("feature")]
        self._names = tuple(dict.fromkeys([*columns, *sources]))
        self._place = {name: place for place, name in enumerate(self._names)}
        n = len(self._names)
        self._seen = np.zeros(n, dtype=np.bool_)
        self._learning: Floats | None = np.zeros((3, n))
        self._to_learn, self._minimum = config.learning.samples, config.drift.minimum_samples
        self._reference = self._of_learned(RECORD.of(reference))
        # Number, sum and sum of squares of each feature.
        self._windows = {window.name: RollingWindow(1, 3 * n, window.seconds) for window in watched.windows}

    def _of_learned(self, learned: Learned | None) -> Means | None:
        known = {name: of for name, of in learned.features.items() if name in self._place} if learned else {}
        if not known:
            return None
        means = Means(np.full(len(self._names), np.nan), np.full(len(self._names), np.nan))
        for name, of in known.items():
            place = self._place[name]
            means.mean[place], means.error[place] = of["mean_abs"], of["error"]
            self._seen[place] = True
        self._learning = None
        return means

    def prepare(self, batch: Batch, located: Located) -> PreparedAttributions | None:
        """Return the absolute attributions of the features that the reference knows."""
        known = {name: column for name, column in batch.attributions.items() if name in self._place}
        if not known:
            return None
        # Sizes: a feature that pushes both ways matters as much as one that pushes one way.
        sizes = np.abs(np.stack([as_numbers(column) for column in known.values()]))
        sizes[~np.isfinite(sizes)] = np.nan
        return PreparedAttributions(np.array([self._place[name] for name in known], dtype=np.intp), sizes)

    def add(self, prepared: PreparedAttributions | None, times: Floats, now: float) -> None:
        """Add attributions, slot by slot."""
        if prepared is None:
            return
        self._seen[prepared.places] = True
        for rows, held in stretches(list(self._windows.values()), times, now):
            samples, sums = self._sums(prepared, prepared.sizes[:, rows])
            for window, slot in held:
                window.add(slot, samples, sums.ravel())
            if self._learning is not None:
                self._learn(sums)

    def _sums(self, prepared: PreparedAttributions, sizes: Floats) -> tuple[Counts, Floats]:
        """Return the number of rows with any; number, sum and sum of squares of each feature, (3, n_features)."""
        present = np.isfinite(sizes)
        own = np.where(present, sizes, 0.0)
        sums = np.zeros((3, len(self._names)))
        with np.errstate(over="ignore"):
            sums[:, prepared.places] = [present.sum(axis=1), own.sum(axis=1), np.square(own).sum(axis=1)]
        return np.array([np.count_nonzero(present.any(axis=0))]), sums

    def _learn(self, sums: Floats) -> None:
        assert self._learning is not None
        with np.errstate(over="ignore"):
            self._learning += sums
        if self._learning[0].max() >= self._to_learn:
            self._reference, self._learning = _means(self._learning), None

    def view(self, now: float) -> AttributionView | None:
        """Return mean attributions of each window; None before the first."""
        if not self._seen.any():
            return None
        chosen = np.flatnonzero(self._seen)
        reference = None if self._reference is None else _some(self._reference, chosen)
        windows = {}
        for name, window in self._windows.items():
            samples, sums = window.totals(now)
            means = _some(_means(sums.reshape(3, -1)), chosen)
            windows[name] = AttributionWindow(means, reference, int(samples[0]), self._minimum)
        return AttributionView(tuple(self._names[place] for place in chosen.tolist()), reference, windows)


def _means(sums: Floats) -> Means:
    n, total, squares = sums
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        mean = total / n
        variance = np.maximum(squares - n * np.square(mean), 0.0) / (n - 1)
        return Means(np.where(n > 1, mean, np.nan), np.where(n > 1, np.sqrt(variance / n), np.nan))


def _some(means: Means, places: NDArray[np.intp]) -> Means:
    return Means(means.mean[places], means.error[places])


KIND = DetectorKind(KEY, AttributionDetector, (TRAIT,))
