"""Estimated performance beside what was realised, and concept drift, for the page and the JSON."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from ..explain.estimates import (
    MEASURE_OF_CHECK,
    EstimateCheck,
    EstimateWindow,
    doubts_about,
    estimated_windows,
    estimates_in,
)
from ..explain.formatting import count, moment, number, share
from ..measures.performance import CLASSIFICATION_MEASURES, REGRESSION_MEASURES
from ..model.view import ModelView, WindowView
from .realised import performance_values
from .tables import Table

UNKNOWN = "unknown"
ROWS_AT_MOST = 60  # many classes have many measures; the JSON has all of them
DOUBTS = {
    "beyond_reference": "many values are beyond the reference",
    "contradicted": "outcomes contradict it",
    "too_few_samples": "too few samples",
    "unchecked": "too few outcomes to compare with",
}
DRIFTED = {"error_ratio": "wrong more often than on the reference",
           "mean_absolute_error": "wrong by more than on the reference"}  # fmt: skip
LIMITS = {"error_ratio": "Limit of the error ratio", "mean_absolute_error": "Limit of the mean absolute error"}


@dataclass(frozen=True)
class EstimatedValue:
    """One measure: estimated with limits, and realised by the outcomes that came in the window; null if unknown."""

    measure: str
    of_class: str
    value: float
    lower: float
    upper: float
    realised: float
    reference: float


@dataclass(frozen=True)
class EstimateComparison:
    """Estimate and truth of the same predictions: those whose outcome came in the window."""

    measure: str
    predictions: int
    realised_minus_estimated: float
    holds: bool | None
    """Whether the truth is where the estimate allows it to be; null with too few outcomes."""


@dataclass(frozen=True)
class ConceptDriftSummary:
    """Whether errors are more, or larger, than on the reference, tested with each outcome."""

    measure: str
    """What `limit` is a limit of: `error_ratio` or `mean_absolute_error`."""
    drifted: bool | None
    evidence_ratio: float
    """Evidence of a change, as a share of what an alarm takes; of recovery while it has drifted."""
    limit: float
    changed_timestamp_seconds: float
    drifts: int
    kind: str
    """Of a present drift: `sudden`, `gradual` or `recurring`; empty without one, or if outcomes do not show it."""
    began_timestamp_seconds: float
    """Estimated time at which errors began to rise, of a gradual drift long before it was found."""


@dataclass(frozen=True)
class EstimatesSummary:
    """Estimated performance of one window, and the model's concept drift; null if there is no estimate, or no test."""

    model: str
    version: str
    variant: str
    window: str
    samples: int
    beyond_reference_ratio: float
    estimates: tuple[EstimatedValue, ...]
    comparison: EstimateComparison | None
    doubts: tuple[str, ...]
    concept_drift: ConceptDriftSummary | None


def estimates_summary(view: ModelView, window: WindowView) -> EstimatesSummary:
    """Return what is estimated in a window, and the state of the test of concept drift."""
    own = dict(estimated_windows(view)).get(window.name)
    check = view.performance.checks.get(window.name)
    return EstimatesSummary(
        **view.key._asdict(),
        window=window.name,
        samples=own.samples if own else 0,
        beyond_reference_ratio=own.beyond_ratio if own else math.nan,
        estimates=tuple(_values(view, window, own)) if own else (),
        comparison=_comparison(own, check) if own and check else None,
        doubts=tuple(reason for reason, speaks in doubts_about(own, check).items() if speaks) if own else (),
        concept_drift=_concept(view),
    )


def _values(view: ModelView, window: WindowView, own: EstimateWindow) -> Iterator[EstimatedValue]:
    realised = {(of.measure, of.of_class): of.value for of in performance_values(window, view.reference)}
    known = view.reference.performance if view.reference else {}
    for of in estimates_in(own):
        reference = known.get(of.measure, {}).get(of.of_class, math.nan)
        came = realised.get((of.measure, of.of_class), math.nan)
        yield EstimatedValue(of.measure, of.of_class, of.value, of.lower, of.upper, came, reference)


def _comparison(own: EstimateWindow, check: EstimateCheck) -> EstimateComparison:
    holds = None if math.isnan(check.holds) else bool(check.holds)
    return EstimateComparison(MEASURE_OF_CHECK[type(own)], check.estimated.samples, check.gap, holds)


def _concept(view: ModelView) -> ConceptDriftSummary | None:
    concept = view.performance.concept
    if concept is None:
        return None
    drifted = None if math.isnan(concept.drifted) else bool(concept.drifted)
    return ConceptDriftSummary(
        concept.measure, drifted, concept.evidence, concept.limit, concept.changed, concept.number,
        concept.kind, concept.began,
    )  # fmt: skip


def signs_of_estimates(view: ModelView, window: WindowView) -> Iterator[str]:
    """Yield what outcomes say against the model: concept drift, and an estimate that has stopped holding."""
    concept, check = _concept(view), view.performance.checks.get(window.name)
    if concept is not None and concept.drifted:
        yield f"Concept drift: {DRIFTED[concept.measure]}, since {moment(concept.changed_timestamp_seconds)}."
    if check is not None and check.holds == 0:
        yield f"Outcomes of the last {window.name} contradict the estimated performance."


def estimate_tables(view: ModelView, window: WindowView) -> Iterator[Table]:
    """Yield estimated performance and concept drift; nothing where a model has neither."""
    found = estimates_summary(view, window)
    if found.estimates:
        yield _estimates(found)
    if found.concept_drift is not None:
        yield _drift(found.concept_drift)


def _estimates(found: EstimatesSummary) -> Table:
    rows = [
        (_title(of), number(of.value) or UNKNOWN, _limits(of.lower, of.upper), number(of.realised) or UNKNOWN,
         number(of.reference) or UNKNOWN)
        for of in found.estimates[:ROWS_AT_MOST]
    ]  # fmt: skip
    columns = ("Measure", "Estimated", "Limits (95 %)", "Realised", "Reference")
    return Table("Estimated performance", " ".join(_notes(found)), columns, rows)


def _notes(found: EstimatesSummary) -> Iterator[str]:
    """Yield the sentences above the table: of what it is, and whether it still holds."""
    yield f"Of {count(found.samples)} samples in the last {found.window}, without outcomes."
    compared = found.comparison
    if compared is not None and compared.holds is not None:
        what = "The estimate holds" if compared.holds else "The estimate has stopped holding"
        gap = f"{number(abs(compared.realised_minus_estimated))} {_side(compared.realised_minus_estimated)}"
        title = _measure_title(compared.measure).lower()  # accuracy, or mean absolute error
        yield f"{what}: {title} of {count(compared.predictions)} predictions with an outcome is {gap} the estimate."
    doubts = [DOUBTS.get(reason, reason) for reason in found.doubts]
    if doubts:
        yield f"Reasons to doubt it: {'; '.join(doubts)}."


def _side(gap: float) -> str:
    return "above" if gap >= 0 else "below"


def _title(of: EstimatedValue) -> str:
    return f"{_measure_title(of.measure)}{f', {of.of_class}' if of.of_class else ''}"


def _measure_title(key: str) -> str:
    of_classes = CLASSIFICATION_MEASURES.get(key)
    return of_classes.title if of_classes is not None else REGRESSION_MEASURES[key].title


def _limits(lower: float, upper: float) -> str:
    # Breaks before "to" only: on a phone, each limit is one line.
    return f"{number(lower)} to\N{NO-BREAK SPACE}{number(upper)}" if number(lower) else UNKNOWN


def _drift(concept: ConceptDriftSummary) -> Table:
    state = {True: DRIFTED[concept.measure], False: "not shown", None: UNKNOWN}[concept.drifted]
    what = "Evidence of recovery" if concept.drifted else "Evidence"
    rows = [
        ("Concept drift", state),
        ("Since" if concept.drifted else "Last change", moment(concept.changed_timestamp_seconds) or "no change yet"),
        *([("Kind", concept.kind or UNKNOWN), ("Began", moment(concept.began_timestamp_seconds) or UNKNOWN)]
          if concept.drifted else []),
        (what, f"{share(concept.evidence_ratio)} of what it takes" if share(concept.evidence_ratio) else UNKNOWN),
        (LIMITS[concept.measure], number(concept.limit) or UNKNOWN),
        ("Found since the start", count(concept.drifts)),
    ]  # fmt: skip
    return Table("Concept drift", "Tested with each outcome, at a stated rate of false alarms.", ("", ""), rows)
