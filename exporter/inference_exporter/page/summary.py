"""Summary of a model and its windows in numbers, for the page and the JSON."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ..learning.advice import warnings_of
from ..model.outcomes import JoinStatistics
from ..model.process import ProcessView
from ..model.view import ModelView, WindowView
from ..verdict.schedule import Budget
from .columns import ColumnSummary, column_summaries
from .realised import Confusion, LabelledValue, PerformanceValue, confusion_of, labelled_values, performance_values
from .verdict import Verdict, verdict_of

SHORTEST_RATED_SECONDS = 1.0  # samples that arrive all at once have no rate


@dataclass(frozen=True)
class ReferenceSummary:
    """The reference that windows are compared with."""

    source: str
    """file, learned or learning."""
    version: str
    rows: int | None
    created_timestamp_seconds: float
    learned_samples: int
    samples_to_learn: int
    warnings: tuple[str, ...]
    """What to know before relying on it."""


@dataclass(frozen=True)
class SloSummary:
    """One service level since the start; attainment is null before the first event."""

    slo: str
    objective: float
    events: int
    good_events: int
    attainment: float
    threshold_seconds: float | None
    """Latency only: a request up to this duration is a good event."""

    @property
    def met(self) -> bool | None:
        """Whether the objective is met; None before the first event."""
        return None if math.isnan(self.attainment) else self.attainment >= self.objective


@dataclass(frozen=True)
class ProcessSummary:
    """The model server's process; null if it cannot be read."""

    up: bool
    processes: int
    cpu_seconds: float | None
    cpu_cores: float
    """Mean number of cores in use since an earlier reading, null at the first."""
    resident_memory_bytes: float | None
    memory_limit_bytes: float | None
    open_fds: float | None
    open_fds_limit: float | None


@dataclass(frozen=True)
class BudgetSummary:
    """The false-alarm budget of a model, and how much of it has been spent."""

    false_alarms_per_month: float
    """The configured number in 30 days, over all features and windows."""
    spent: float
    """Upper bound on the expected false alarms of all looks at features so far."""
    look_significance: float
    """Probability that one look at one window reports any feature if nothing drifted."""
    looks: Mapping[str, int]
    """Looks so far, by window."""


@dataclass(frozen=True)
class WindowSummary:
    """One window without its columns."""

    window: str
    length_seconds: float
    samples: int
    samples_per_second: float
    """Mean over the part of the window that has seen traffic."""
    errors: int
    error_ratio: float
    duration_quantile_seconds: Mapping[str, float]
    compared_samples: int
    """Samples compared with the reference: those that arrived since it exists."""
    verdict: Verdict
    outcomes: int
    performance: tuple[PerformanceValue, ...]
    labelled_performance: tuple[LabelledValue, ...]
    """Measures with labels of their own, such as quantiles of errors."""
    confusion: Confusion | None


@dataclass(frozen=True)
class WindowDetail(WindowSummary):
    """One window with its columns, features first; empty while the reference is being learned."""

    columns: tuple[ColumnSummary, ...]


@dataclass(frozen=True)
class ModelSummary:
    """One model, version and variant, with the verdict of `window`, the longest with enough samples."""

    model: str
    version: str
    variant: str
    framework: str
    names_of_unnamed_features: Literal["reference", "configuration", "position"]
    """Where the names of features come from if a payload has only their values."""
    window: str
    verdict: Verdict
    event_clock_timestamp_seconds: float
    last_sample_timestamp_seconds: float
    requests: Mapping[str, int]
    """Requests since the start, by HTTP status."""
    late_samples: int
    reference: ReferenceSummary
    slos: tuple[SloSummary, ...]
    budget: BudgetSummary | None
    """None while the reference is being learned."""
    process: ProcessSummary | None
    """None if the configuration names no process."""
    outcomes: JoinStatistics
    unknown_features: tuple[str, ...]
    minimum_samples: int


@dataclass(frozen=True)
class ModelDetail(ModelSummary):
    """One model with its windows, shortest first."""

    windows: tuple[WindowDetail, ...]


def by_length(windows: Sequence[WindowView]) -> list[WindowView]:
    """Return windows, the shortest first."""
    return sorted(windows, key=lambda window: window.length_seconds)


def default_window(view: ModelView) -> WindowView:
    """Return the longest window with enough samples for a verdict, else the longest."""
    longest_first = by_length(view.windows)[::-1]
    # The longest has most samples, and so sees the smallest changes; a short one answers while the long one fills.
    return next((window for window in longest_first if window.unknown_reason is None), longest_first[0])


def model_summary(view: ModelView, cpu_cores: float = math.nan) -> ModelSummary:
    """Return the summary of a model."""
    window = default_window(view)
    return ModelSummary(
        **view.key._asdict(),
        framework=view.config.framework,
        names_of_unnamed_features=_names_from(view),
        window=window.name,
        verdict=verdict_of(view, window),
        event_clock_timestamp_seconds=view.now,
        last_sample_timestamp_seconds=view.traffic.last_sample,
        requests={str(code): number for code, number in sorted(view.traffic.requests.items())},
        late_samples=view.traffic.late_samples,
        reference=_reference(view),
        slos=_slos(view),
        budget=_budget(view.budget),
        process=_process(view.process, cpu_cores),
        outcomes=view.performance.outcomes,
        unknown_features=view.unknown_features,
        minimum_samples=view.config.drift.minimum_samples,
    )


def _names_from(view: ModelView) -> Literal["reference", "configuration", "position"]:
    known = {column.name for column in view.reference.of_group("feature")} if view.reference else set()
    # Configured names are used by position, unless the reference knows other ones.
    if view.config.feature_names and known in (set(), set(view.config.feature_names)):
        return "configuration"
    return "reference" if known else "position"


def model_detail(view: ModelView, windows: Sequence[WindowView], cpu_cores: float = math.nan) -> ModelDetail:
    """Return everything about a model in some of its windows."""
    details = tuple(window_detail(view, window) for window in by_length(windows))
    return ModelDetail(**vars(model_summary(view, cpu_cores)), windows=details)


def window_summary(view: ModelView, window: WindowView) -> WindowSummary:
    """Return the summary of a window."""
    return WindowSummary(
        window=window.name,
        length_seconds=window.length_seconds,
        samples=window.samples,
        samples_per_second=_rate(view, window),
        errors=window.errors,
        error_ratio=window.errors / window.samples if window.samples else math.nan,
        duration_quantile_seconds={repr(share): seconds for share, seconds in window.latency_quantiles.items()},
        compared_samples=window.histograms.samples if window.histograms else 0,
        verdict=verdict_of(view, window),
        outcomes=window.outcomes,
        performance=performance_values(window, view.reference),
        labelled_performance=labelled_values(view, window),
        confusion=confusion_of(window),
    )


def _rate(view: ModelView, window: WindowView) -> float:
    elapsed = view.now - view.traffic.first_time
    if not elapsed >= SHORTEST_RATED_SECONDS:  # also before the first sample
        return math.nan
    # A young window divides by the time since the first sample, or its rate would begin too low.
    return window.samples / min(elapsed, window.length_seconds)


def window_detail(view: ModelView, window: WindowView) -> WindowDetail:
    """Return a window with every column."""
    histograms = window.histograms
    columns = column_summaries(histograms, range(len(histograms.grid.columns))) if histograms else []
    return WindowDetail(**vars(window_summary(view, window)), columns=tuple(columns))


def _reference(view: ModelView) -> ReferenceSummary:
    reference = view.reference
    return ReferenceSummary(
        source=view.reference_source,
        version=reference.version if reference else "",
        rows=reference.rows if reference else None,
        created_timestamp_seconds=reference.created if reference else math.nan,
        learned_samples=view.learned_samples,
        samples_to_learn=view.config.learning.samples,
        warnings=tuple(warnings_of(reference)),
    )


def _slos(view: ModelView) -> tuple[SloSummary, ...]:
    return tuple(
        SloSummary(
            slo=name,
            objective=slo.objective,
            events=slo.events,
            good_events=slo.good_events,
            attainment=slo.good_events / slo.events if slo.events else math.nan,
            threshold_seconds=view.config.slo.latency.threshold if name == "latency" else None,
        )
        for name, slo in view.traffic.slos.items()
    )


def _budget(budget: Budget | None) -> BudgetSummary | None:
    if budget is None:
        return None
    return BudgetSummary(budget.false_alarms_per_month, budget.spent, budget.significance, budget.looks)


def _process(process: ProcessView | None, cpu_cores: float) -> ProcessSummary | None:
    return None if process is None else ProcessSummary(**vars(process), cpu_cores=cpu_cores)
