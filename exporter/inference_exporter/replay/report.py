"""Report: the result of a replay as frozen data, the source of text, JSON and page."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from ..explain.explanation import explain
from ..explain.undecided import effective_samples, natural_psi, undecided, visible
from ..model.view import HistogramView
from .account import Account
from .clean import CleanEstimate
from .prepare import Prepared
from .rules import Alert
from .run import Replay
from .timeline import EFFECT, Episode, ModelTimeline, Timelines

SAMPLES_FOR_A_VERDICT = 4  # multiples of the minimum that a suggested window should hold
SUGGESTED_SECONDS = (300, 900, 3600, 21600, 86400, 7 * 86400, 30 * 86400, 90 * 86400)
SUGGESTED_NAMES = ("5m", "15m", "1h", "6h", "1d", "7d", "30d", "90d")
CALM_QUANTILE = 0.99
# Debiased PSI of a normal feature that moves by a whole standard deviation is 1: a threshold above that sees nothing.
LARGEST_SUGGESTION = 1.0


@dataclass(frozen=True)
class Accounting:
    """The fate of each row: read = accepted + rejected + left out."""

    rows_read: int
    accepted: int
    learned_from: int
    rejected: int
    rejected_by_reason: Mapping[str, int]
    examples: Sequence[Mapping[str, Any]]
    left_out: int
    out_of_order: int
    outcomes: int
    refused_by_reason: Mapping[str, int]


@dataclass(frozen=True)
class Throughput:
    """Speed of the engine, including reading."""

    samples: int
    looks: int
    seconds: float
    cpu_seconds: float
    samples_per_cpu_second: float


@dataclass(frozen=True, eq=False)
class WindowReport:
    """One window of one model; series have one value a bin, null without a verdict."""

    window: str
    length_seconds: float
    judged_looks: int
    looks_without_verdict: Mapping[str, int]
    median_samples: float
    samples: Sequence[float | None]
    drifted_features: Sequence[float | None]


@dataclass(frozen=True, eq=False)
class ColumnReport:
    """One column over time in the window of the report, and its suggested threshold."""

    group: str
    name: str
    threshold: float
    peak: float | None
    drifted_share: float | None
    """Share of the bins with a verdict in which the column was drifted."""
    clean_quantile: float | None
    """Effect that a clean window exceeds once in a thousand times."""
    calm_quantile: float | None
    """Effect that one in a hundred bins without drift exceeds in this recording."""
    suggested_threshold: float | None
    suggestion_note: str
    """Why no threshold suits; empty if one does."""
    undecided: str
    """Why the column has not drifted at the last look, although it looks changed."""
    smallest_change: str
    """The smallest changes that the last window could see, in words."""
    sentence: str
    """What changed at the last look, if it drifted."""
    band: float | None
    """Debiased PSI that natural variation alone explains at the last look."""
    effective_samples: float | None
    """Independent samples that those of the last look are worth."""
    effects: Sequence[float | None]
    drifted: Sequence[float | None]


@dataclass(frozen=True)
class PerformanceSeries:
    """One measure of realised performance in the longest window, one value a bin."""

    measure: str
    of_class: str
    values: Sequence[float | None]


@dataclass(frozen=True, eq=False)
class ModelReport:
    """One model."""

    model: str
    version: str
    variant: str
    reference_version: str
    reference_source: str
    reference_rows: int | None
    window: str
    """The window whose columns are shown: the longest with verdicts."""
    bin_seconds: float
    bin_starts: Sequence[float]
    windows: Sequence[WindowReport]
    columns: Sequence[ColumnReport]
    other_windows: Mapping[str, Sequence[ColumnReport]]
    """The columns of the other windows with verdicts, by window, the longest first."""
    episodes: Sequence[Episode]
    episodes_left_out: int
    false_alarms: Sequence[CleanEstimate]
    performance: Sequence[PerformanceSeries]
    notes: Sequence[str]


@dataclass(frozen=True, eq=False)
class Report:
    """The whole report."""

    data: str
    first: float
    last: float
    step_seconds: float
    looks: int
    accounting: Accounting
    throughput: Throughput
    models: Sequence[ModelReport]
    alerts: Sequence[Alert] | None = None
    """Alerts of the rules; None if no rules were evaluated."""
    notes: Sequence[str] = field(default_factory=tuple)

    @property
    def drifted(self) -> bool:
        """Whether any verdict was drifted at any look."""
        return any(model.episodes for model in self.models)


def accounting_of(account: Account, replay: Replay) -> Accounting:
    """Return the accounting of a finished run."""
    return Accounting(
        rows_read=account.read,
        accepted=account.accepted,
        learned_from=account.learned_from,
        rejected=sum(account.rejected.values()),
        rejected_by_reason=dict(account.rejected),
        examples=[{account.unit: fault.line, "reason": fault.reason, "message": fault.message}
                  for fault in account.examples],
        left_out=account.left_out,
        out_of_order=account.out_of_order,
        outcomes=replay.outcomes_given,
        refused_by_reason=dict(replay.refused),
    )  # fmt: skip


def model_reports(
    timelines: Timelines, prepared: Prepared, estimates: Mapping[Any, Sequence[CleanEstimate]]
) -> list[ModelReport]:
    """Return the report of each model, sorted by name."""
    models = [timelines.models[key] for key in sorted(timelines.models)]
    return [_model(model, prepared, estimates.get(model.key, ())) for model in models]


def shown_window(timeline: ModelTimeline) -> str:
    """Return the longest window with a verdict, empty without any."""
    with_verdicts = [window for window in timeline.windows.values() if window.sizes]
    return max(with_verdicts, key=lambda window: window.length_seconds).name if with_verdicts else ""


def _model(timeline: ModelTimeline, prepared: Prepared, estimates: Sequence[CleanEstimate]) -> ModelReport:
    view, shown = timeline.last, shown_window(timeline)
    assert view is not None
    reference = view.reference
    return ModelReport(
        **timeline.key._asdict(),
        reference_version=reference.version if reference else "",
        reference_source=("first part of the recording" if timeline.key in prepared.clean else view.reference_source),
        reference_rows=reference.rows if reference else None,
        window=shown,
        bin_seconds=timeline.bin_seconds,
        bin_starts=timeline.bin_starts().tolist(),
        windows=[_window(timeline, window.name, window.length_seconds) for window in view.windows],
        columns=_columns(timeline, shown, estimates),
        other_windows={
            window.name: _columns(timeline, window.name, estimates)
            for window in sorted(timeline.windows.values(), key=lambda window: -window.length_seconds)
            if window.sizes and window.name != shown
        },
        episodes=timeline.episodes,
        episodes_left_out=timeline.episodes_left_out,
        false_alarms=estimates,
        performance=[PerformanceSeries(*name, known(series)) for name, series in timeline.performance.items()],
        notes=_notes(timeline, prepared),
    )


def _window(timeline: ModelTimeline, name: str, length_seconds: float) -> WindowReport:
    found = timeline.windows.get(name)
    unknown: list[float | None] = [None] * timeline.n_bins
    features = [] if timeline.grid is None else [c.group == "feature" for c in timeline.grid.columns]
    drifted = None
    if found is not None and any(features):
        judged = ~np.isnan(found.drifted).all(axis=1)
        counts = np.nansum(found.drifted[:, features], axis=1)
        drifted = known(np.where(judged, counts, np.nan))
    return WindowReport(
        window=name,
        length_seconds=length_seconds,
        judged_looks=timeline.judged_looks.get(name, 0),
        looks_without_verdict=timeline.looks_without_verdict.get(name, {}),
        median_samples=float(np.median(found.sizes)) if found and found.sizes else 0.0,
        samples=unknown if found is None else known(found.samples),
        drifted_features=unknown if drifted is None else drifted,
    )


def _columns(timeline: ModelTimeline, shown: str, estimates: Sequence[CleanEstimate]) -> list[ColumnReport]:
    if timeline.grid is None or timeline.last is None or not shown:
        return []
    found = timeline.windows[shown]
    clean = next((estimate for estimate in estimates if estimate.window == shown), None)
    config = timeline.last.config
    last = next(window.histograms for window in timeline.last.windows if window.name == shown)
    reports = []
    for index, column in enumerate(timeline.grid.columns):
        effects, drifted = found.effects[:, index], found.drifted[:, index]
        own = config.features.get(column.name) if column.group == "feature" else None
        threshold = (own.threshold if own else None) or config.drift.threshold
        # Calm: a verdict, and not drifted. Bins without a verdict show nothing.
        calm = effects[(drifted == 0) & ~np.isnan(effects)]
        calm_quantile = float(np.quantile(calm, CALM_QUANTILE)) if len(calm) else math.nan
        clean_quantile = clean.quantiles[index] if clean else math.nan
        judged = ~np.isnan(drifted)
        reports.append(
            ColumnReport(
                group=column.group,
                name=column.name,
                threshold=threshold,
                peak=_number(float(np.nanmax(effects))) if (~np.isnan(effects)).any() else None,
                drifted_share=_number(float(drifted[judged].mean())) if judged.any() else None,
                clean_quantile=_number(clean_quantile),
                calm_quantile=_number(calm_quantile),
                suggested_threshold=suggested_threshold(clean_quantile, calm_quantile),
                suggestion_note=suggestion_note(clean_quantile, calm_quantile),
                **_words(last, index),
                effects=known(effects),
                drifted=known(drifted),
            )
        )
    return reports


def _words(last: HistogramView | None, index: int) -> dict[str, Any]:
    """Return what the last look says about a column."""
    if last is None:
        return {"undecided": "", "smallest_change": "", "sentence": "", "band": None, "effective_samples": None}
    return {
        "undecided": undecided(last, index),
        "smallest_change": visible(last, index),
        "sentence": explain(last, [index])[0].explanation.sentence if last.drifted[index] == 1 else "",
        "band": _number(natural_psi(last, index)),
        "effective_samples": _number(effective_samples(last, index)),
    }


def suggested_threshold(clean_quantile: float, calm_quantile: float) -> float | None:
    """Return a threshold above both sampling noise and calm times: the greater of the two, rounded up to a hundredth.

    None if the recording has no calm time: noise alone does not show what is natural; and if it would be above
    `LARGEST_SUGGESTION`, which would switch the feature off.
    """
    greatest = float(np.fmax(clean_quantile, calm_quantile))
    if math.isnan(calm_quantile) or math.isnan(greatest) or greatest > LARGEST_SUGGESTION:
        return None
    # Rounded up, so that the quantile itself stays below; never 0, which every change would exceed.
    return max(math.ceil(greatest * 100) / 100, 0.01)


def suggestion_note(clean_quantile: float, calm_quantile: float) -> str:
    """Return a warning if calm times exceed every sensible threshold; else empty."""
    greatest = float(np.fmax(clean_quantile, calm_quantile))
    if math.isnan(calm_quantile) or not greatest > LARGEST_SUGGESTION:
        return ""
    return (
        f"varies by {greatest:.3g} while it is calm, and a threshold above {LARGEST_SUGGESTION:g} would switch it off: "
        "use a longer reference, a seasonal baseline or a longer window"
    )


def _notes(timeline: ModelTimeline, prepared: Prepared) -> list[str]:
    view = timeline.last
    assert view is not None
    notes = []
    minimum = view.config.drift.minimum_samples
    if view.reference is None:
        notes.append(
            f"No verdict: the reference needs {view.config.learning.samples:,} samples to be learned, "
            f"{view.learned_samples:,} came. Name one in the configuration, or learn it with --reference-share."
        )
        return notes
    silent = [window.name for window in view.windows if not timeline.judged_looks.get(window.name)]
    if silent:
        suggestion = suggested_windows(
            prepared.recording.rows, prepared.recording.last - prepared.recording.first, minimum
        )
        notes.append(
            f"No verdict in {', '.join(silent)}: never {minimum} samples in such a window."
            + (f" For this recording try windows: [{', '.join(suggestion)}]." if suggestion else "")
        )
    return notes


def suggested_windows(rows: int, span_seconds: float, minimum: int) -> list[str]:
    """Return up to three windows that hold several times the samples needed for a verdict, at the recording's rate."""
    if rows < 2 or span_seconds <= 0:
        return []
    # At the mean rate; several times the minimum, since traffic has nights and weekends.
    needed = SAMPLES_FOR_A_VERDICT * minimum * span_seconds / rows
    large = [name for name, seconds in zip(SUGGESTED_NAMES, SUGGESTED_SECONDS, strict=True) if seconds >= needed]
    return large[:3]


def known(values: np.ndarray) -> list[float | None]:
    """Return numbers for JSON: null if unknown, with four significant digits."""
    return [_number(value) for value in values.tolist()]


def _number(value: float) -> float | None:
    return float(f"{float(value):.4g}") if math.isfinite(value) else None


def as_json(report: Report) -> dict[str, Any]:
    """Return the report as JSON content."""
    return {"format": "inference-exporter replay 1", "effect": EFFECT, **_plain(asdict(report))}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value
