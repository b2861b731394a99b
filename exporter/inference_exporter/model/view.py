"""ModelView: one model at one moment, frozen; all that exposition and the page may read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ..arrays import Counts, Floats
from ..config.schema import ModelConfig
from ..measures.drift import MEASURES
from ..measures.drift._base import Comparison
from ..measures.performance._base import ClassificationTotals, RegressionTotals
from ..measures.quality._base import QualityCounts
from ..reference.grid import Grid
from ..reference.reference import Reference
from ..samples.batch import ModelKey
from ..verdict.comparing import Measuring
from ..verdict.decision import critical_population_stability
from ..verdict.judging import Judging
from ..verdict.schedule import Budget, Verdict
from ..windows.latency import QUANTILES, quantiles
from .part_views import PerformanceView, TrafficView
from .process import ProcessView

Part = TypeVar("Part")
OF_MISSING = ("missing_pvalue",)
"""Measures that hold for a column of ever new values as well."""


class Measured(Mapping[str, Floats]):
    """All drift measures of a comparison by their keys, each computed when it is first asked for."""

    def __init__(self, comparison: Comparison, unjudged: NDArray[np.bool_]) -> None:
        self._comparison = comparison
        self._unjudged = unjudged
        self._known: dict[str, Floats] = {}

    def __getitem__(self, key: str) -> Floats:
        if key not in self._known:
            found = MEASURES[key].compute(self._comparison)
            judged = key in OF_MISSING or not self._unjudged.any()
            self._known[key] = found if judged else np.where(self._unjudged, np.nan, found)
        return self._known[key]

    def __iter__(self) -> Iterator[str]:
        return iter(MEASURES)

    def __len__(self) -> int:
        return len(MEASURES)


@dataclass(frozen=True, eq=False)
class HistogramView:
    """The window's counts over the reference's cells, what the measures make of them, and the verdict."""

    grid: Grid
    measuring: Measuring
    judging: Judging
    cells: Counts
    moments: Floats
    samples: int
    comparison: Comparison
    """The window beside what it is compared with."""
    verdict: Verdict
    """What the last look at the window said."""
    significance: float
    """Chance that one look names any column where nothing drifted."""
    design_effects: Floats
    """How many samples of each column tell as much as one independent sample, shape (n_columns,)."""
    importances: Floats | None
    """How much each column matters, 1 in the mean of the features; None where neither configuration nor reference
    says."""
    fault: str | None
    """Why there is no verdict."""

    @property
    def enough(self) -> bool:
        """Whether there are enough samples for a verdict; if not every drift measure is NaN."""
        return self.samples >= self.judging.minimum_samples

    @property
    def judged(self) -> bool:
        """Whether there is a verdict on any column."""
        return bool((~np.isnan(self.drifted)).any())

    @cached_property
    def drift(self) -> Mapping[str, Floats]:
        """Each drift measure of each column by the measure's key, shape (n_columns,); computed when asked for."""
        if not self.enough:
            return dict.fromkeys(MEASURES, self._unknown)
        return Measured(self.comparison, self.measuring.unjudged)

    @cached_property
    def psi_critical(self) -> Floats:
        """The PSI that noise alone exceeds as rarely as the omnibus test may be wrong, shape (n_columns,)."""
        if not self.enough:
            return self._unknown
        comparison = self.comparison
        return critical_population_stability(
            comparison.n_buckets, comparison.noise * self.design_effects, self.significance, len(self.grid.columns)
        )

    @property
    def thresholds(self) -> Floats:
        """The debiased PSI from which on a change of each column matters."""
        return self.judging.thresholds.psi

    @property
    def drifted(self) -> Floats:
        """The verdict on each column: 1, 0, or NaN where it is unknown."""
        return self.verdict.state

    @property
    def pvalues(self) -> Floats:
        """Chance of what the last look saw where nothing drifted, shape (n_columns,)."""
        return self.verdict.pvalues

    @property
    def decisive(self) -> tuple[str, ...]:
        """The test that tells most of each drifted column: a key of ``measures.evidence.TESTS``, or empty."""
        return self.verdict.decisive

    @property
    def since(self) -> Floats:
        """Event time since which each column is said to have drifted, NaN where it has not."""
        return self.verdict.since

    @property
    def impacts(self) -> Floats:
        """How much the drift of each column matters, shape (n_columns,): its debiased PSI times its importance."""
        psi = self.drift["psi_debiased"]
        return psi if self.importances is None else psi * self.importances

    @cached_property
    def quality(self) -> QualityCounts:
        """What is wrong with the values of each column."""
        return self.measuring.quality(self.cells)

    @cached_property
    def mean_and_stddev(self) -> tuple[Floats, Floats]:
        """Mean and standard deviation of each column."""
        return self.measuring.mean_and_stddev(self.cells, self.moments)

    @property
    def _unknown(self) -> Floats:
        return np.full(len(self.grid.columns), np.nan)


@dataclass(frozen=True, eq=False)
class WindowView:
    """One window of one model."""

    name: str
    length_seconds: float
    samples: int
    errors: int
    latency_counts: Counts
    histograms: HistogramView | None
    """None while the reference is being learned."""
    outcomes: int = 0
    performance: ClassificationTotals | RegressionTotals | None = None
    failed: bool = False
    """Comparing it met a fault of the exporter itself."""

    @property
    def latency_quantiles(self) -> dict[float, float]:
        """Latency by quantile, NaN without traffic."""
        return dict(zip(QUANTILES, quantiles(self.latency_counts).tolist(), strict=True))

    @property
    def unknown_reason(self) -> str | None:
        """Why there is no drift verdict, None where there is one."""
        if self.failed:
            return "internal_error"
        if self.histograms is None:
            return "learning_reference"
        return self.histograms.fault


@dataclass(frozen=True, eq=False)
class ModelView:
    """One model at one moment."""

    key: ModelKey
    config: ModelConfig
    now: float
    """Event time that the windows have reached."""
    windows: tuple[WindowView, ...]
    traffic: TrafficView
    performance: PerformanceView
    ahead_samples: int
    """Samples from so far in the future that they count at their arrival."""
    reference: Reference | None
    reference_source: str
    """file, learned or learning."""
    learned_samples: int
    grid: Grid | None
    measuring: Measuring | None
    bucket_counts: Floats | None
    """Samples since the start over the exposed buckets, shape (n_columns, greatest number of buckets)."""
    unknown_features: tuple[str, ...]
    folded_label_values: int
    """Values that share a label, or were left out of the labels, because there are too many."""
    process: ProcessView | None
    budget: Budget | None = None
    """None while the reference is being learned."""
    parts: Mapping[str, object] = field(default_factory=dict)
    """What each detector shows, by its key; empty while the reference is being learned."""

    def part(self, kind: type[Part]) -> Part | None:
        """Return what a detector shows, by the type of its view; None where it does not watch this model."""
        return next((part for part in self.parts.values() if isinstance(part, kind)), None)

    @property
    def learning_ratio(self) -> float:
        """How much of the reference has been learned; 1 once it is frozen."""
        return 1.0 if self.reference else self.learned_samples / self.config.learning.samples
