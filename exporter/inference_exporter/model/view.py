"""ModelView: one model at one moment, frozen: the input of exposition and the page."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ..arrays import Counts, Floats
from ..config.schema import ModelConfig
from ..measures.drift import MEASURES, Comparison
from ..measures.evidence import EvidenceInputs
from ..measures.performance import ClassificationTotals, RegressionTotals
from ..measures.quality import QualityCounts
from ..measures.stretch_means import Stretches
from ..reference.grid import Grid
from ..reference.reference import Reference
from ..samples.batch import ModelKey
from ..verdict.comparing import Measuring
from ..verdict.decision import Judgement, critical_population_stability, judge
from ..verdict.judging import Judging
from ..verdict.schedule import Budget, Verdict
from ..verdict.smallest_change import Circumstances, SmallestChanges, smallest_changes
from ..windows.latency import QUANTILES, quantiles
from .comparison import ComparisonView
from .decisions import DecisionsView
from .llm import LlmView
from .part_views import PerformanceView, TrafficView
from .process import ProcessView
from .slices import SlicesView

Part = TypeVar("Part")
OF_MISSING = ("missing_pvalue",)
"""Measures that are valid even for a column whose values are nearly all new."""


class Measured(Mapping[str, Floats]):
    """All drift measures of a comparison by their keys, each computed on first access."""

    def __init__(self, comparison: Comparison, unjudged: NDArray[np.bool_]) -> None:
        self._comparison = comparison
        self._unjudged = unjudged
        self._known: dict[str, Floats] = {}

    def __getitem__(self, key: str) -> Floats:
        if key not in self._known:
            found = MEASURES[key].compute(self._comparison)
            # Histograms cannot say whether nearly always new values drift, but whether they are missing.
            judged = key in OF_MISSING or not self._unjudged.any()
            self._known[key] = found if judged else np.where(self._unjudged, np.nan, found)
        return self._known[key]

    def __iter__(self) -> Iterator[str]:
        return iter(MEASURES)

    def __len__(self) -> int:
        return len(MEASURES)


@dataclass(frozen=True, eq=False)
class HistogramView:
    """A window's counts over the reference's cells, their measures, and the verdict."""

    grid: Grid
    measuring: Measuring
    judging: Judging
    cells: Counts
    moments: Floats
    samples: int
    comparison: Comparison
    """The window and what it is compared with."""
    verdict: Verdict
    """The verdict of the last look at the window."""
    significance: float
    """Probability that one look flags any column if nothing drifted."""
    design_effects: Floats
    """Number of samples of each column that carry as much information as one independent sample, shape (n_columns,)."""
    importances: Floats | None
    """Importance of each column, with mean 1 over the features; None if unknown."""
    fault: str | None
    """The reason if there is no verdict."""
    baseline: Counts | Floats | None = None
    """The counts that the window is compared with; None for those of the reference."""
    design: Mapping[str, Floats] = field(default_factory=dict)
    """By a test's key, the number of samples of each column that count as one, shape (n_columns,)."""
    stretches: Stretches | None = None
    """How the means of the stretches of the reference vary."""
    bands: Mapping[str, Floats] = field(default_factory=dict)
    """By a test's key, the largest effect that natural variation alone explains, shape (n_columns,)."""

    at: float = math.nan
    """Event time in the middle of a window that is compared with its reference; NaN with another baseline."""
    length_seconds: float = math.nan

    @cached_property
    def smallest_changes(self) -> SmallestChanges:
        """The smallest changes that a look at so many samples names with 90 % power."""
        # Cached and computed on access: only the page shows it.
        return smallest_changes(self.judging, Circumstances(self.samples, self.significance, self.design, self.bands))

    @cached_property
    def evidence(self) -> Judgement:
        """What each test finds in the samples of now, whether a look is due or not; it decides nothing."""
        return judge(self.inputs, self.judging.thresholds, self.bands, self.significance)

    @cached_property
    def inputs(self) -> EvidenceInputs:
        """The window and its reference as the tests need them."""
        return self.judging.inputs(self.cells, self.comparison, self.baseline, self.design, self.stretches)

    @property
    def enough(self) -> bool:
        """Whether there are enough samples for a verdict; if not, every drift measure is NaN."""
        return self.samples >= self.judging.minimum_samples

    @property
    def judged(self) -> bool:
        """Whether there is a verdict on any column."""
        return bool((~np.isnan(self.drifted)).any())

    @cached_property
    def drift(self) -> Mapping[str, Floats]:
        """Each drift measure of each column by the measure's key, shape (n_columns,); computed on access."""
        if not self.enough:
            return dict.fromkeys(MEASURES, self._unknown)
        return Measured(self.comparison, self.measuring.unjudged)

    @cached_property
    def psi_critical(self) -> Floats:
        """PSI that noise alone exceeds as rarely as the omnibus test may be wrong, shape (n_columns,)."""
        if not self.enough:
            return self._unknown
        comparison = self.comparison
        return critical_population_stability(
            comparison.n_buckets, comparison.noise * self.design_effects, self.significance, len(self.grid.columns)
        )

    @property
    def thresholds(self) -> Floats:
        """The smallest debiased PSI that matters, for each column."""
        return self.judging.thresholds.psi

    @property
    def drifted(self) -> Floats:
        """The verdict on each column: 1, 0, or NaN if unknown."""
        return self.verdict.state

    @property
    def pvalues(self) -> Floats:
        """P-value of the last look, shape (n_columns,)."""
        return self.verdict.pvalues

    @property
    def decisive(self) -> tuple[str, ...]:
        """The test with the strongest evidence for each drifted column: a key of ``evidence.TESTS``, or empty."""
        return self.verdict.decisive

    @property
    def since(self) -> Floats:
        """Event time since which each column has drifted, NaN if it has not."""
        return self.verdict.since

    @property
    def impacts(self) -> Floats:
        """How much the drift of each column matters, shape (n_columns,): its debiased PSI times its importance."""
        psi = self.drift["psi_debiased"]
        return psi if self.importances is None else psi * self.importances

    @cached_property
    def quality(self) -> QualityCounts:
        """Counts of faulty values of each column."""
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
    matured_outcomes: int = 0
    matured: ClassificationTotals | RegressionTotals | None = None
    """By time of prediction, `outcomes.maturity` ago."""
    slices: SlicesView | None = None
    """None unless slices are configured or sought."""
    components: Mapping[str, ClassificationTotals | RegressionTotals] = field(default_factory=dict)
    """Joined predictions of each component of an ensemble."""
    failed: bool = False
    """Whether the comparison failed because of a fault of the exporter itself."""

    @property
    def latency_quantiles(self) -> dict[float, float]:
        """Latency by quantile, NaN without traffic."""
        return dict(zip(QUANTILES, quantiles(self.latency_counts).tolist(), strict=True))

    @property
    def unknown_reason(self) -> str | None:
        """Why there is no drift verdict; None if there is one."""
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
    """Event time of the windows."""
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
    llm: LlmView | None = None
    """None unless samples have the field `llm`."""
    decisions: DecisionsView | None = None
    """None unless samples have an action, or actions or guardrails are configured."""
    comparison: ComparisonView | None = None
    """Of a challenger with its champion; None without pairs."""
    budget: Budget | None = None
    """None while the reference is being learned."""
    parts: Mapping[str, object] = field(default_factory=dict)
    """Each detector's view, by its key; empty while the reference is being learned."""
    state: object = field(default_factory=object)
    """The same object in views that differ in `now`, `process` and `comparison` alone."""

    def part(self, kind: type[Part]) -> Part | None:
        """Return a detector's view by its type; None if that detector does not watch this model."""
        # A handful of detectors: a search by type is as fast as a table, and needs no key to agree on.
        return next((part for part in self.parts.values() if isinstance(part, kind)), None)

    @property
    def learning_ratio(self) -> float:
        """How much of the reference has been learned; 1 once it is frozen."""
        return 1.0 if self.reference else self.learned_samples / self.config.learning.samples
