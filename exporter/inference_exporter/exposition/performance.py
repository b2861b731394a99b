"""Realised performance in each window and in the reference, and the arrival of outcomes."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from ..measures.performance import CLASSIFICATION_MEASURES, REGRESSION_MEASURES
from ..measures.performance._base import ClassificationTotals, RegressionTotals
from ..model.view import ModelView, WindowView
from ._base import Family, ModelGroup, counter, gauge, histogram, joined, labels, model_labels

Totals = ClassificationTotals | RegressionTotals


def _families(views: Sequence[ModelView]) -> Iterator[Family]:
    for key, measure in CLASSIFICATION_MEASURES.items():
        yield from _measure(key, measure.help, views, ClassificationTotals, measure.compute)
    for key, regression in REGRESSION_MEASURES.items():
        compute = regression.compute
        yield from _measure(key, regression.help, views, RegressionTotals, lambda totals, f=compute: {"": f(totals)})
    yield from _outcomes(views)


def _measure(
    key: str,
    help_text: str,
    views: Sequence[ModelView],
    kind: type[Totals],
    compute: Callable[..., Mapping[str, float]],
) -> Iterator[Family]:
    family = gauge(f"model_{key}", help_text)
    reference = gauge(f"model_reference_{key}", f"On the reference: {help_text[0].lower()}{help_text[1:]}")
    for view, window in _windows(views):
        if isinstance(window.performance, kind):
            for name, value in compute(window.performance).items():
                extra = labels(**{"class": name}, window=window.name)
                family.add(joined(model_labels(view.key), extra), value)
    for view in views:
        for name, value in (view.reference.performance if view.reference else {}).get(key, {}).items():
            reference.add(joined(model_labels(view.key), labels(**{"class": name})), value)
    yield family
    yield reference


def _windows(views: Sequence[ModelView]) -> Iterator[tuple[ModelView, WindowView]]:
    return ((view, window) for view in views for window in view.windows)


def _outcomes(views: Sequence[ModelView]) -> Iterator[Family]:
    in_window = gauge("model_window_outcomes", "Outcomes joined to predictions of the window.")
    for view, window in _windows(views):
        in_window.add(joined(model_labels(view.key), labels(window=window.name)), window.outcomes)
    joined_total = counter("model_outcomes_total", "Outcomes joined to their prediction, each counted once.")
    duplicates = counter("model_outcome_duplicates_total", "Outcomes received again with the same value.")
    corrections = counter("model_outcome_corrections_total", "Outcomes that replaced an earlier one.")
    expired = counter("model_predictions_expired_total", "Predictions expired before their outcome arrived.")
    pending = gauge("model_predictions_pending", "Predictions that wait for their outcome.")
    coverage = gauge("model_outcome_coverage_ratio", "Share of predictions with an id whose outcome is known.")
    delay = histogram("model_outcome_delay_seconds", "Time from prediction to outcome.")
    last = gauge("model_last_outcome_timestamp_seconds", "Arrival time of the last outcome that found its prediction.")
    confusion = counter("model_confusion_total", "First outcomes by outcome and prediction.")
    for view in views:
        base, outcomes = model_labels(view.key), view.performance.outcomes
        joined_total.add(base, outcomes.joined)
        duplicates.add(base, outcomes.duplicates)
        corrections.add(base, outcomes.corrections)
        expired.add(base, outcomes.expired)
        pending.add(base, outcomes.pending)
        coverage.add(base, outcomes.joined / outcomes.remembered if outcomes.remembered else float("nan"))
        delay.add_histogram(base, view.performance.delays)
        last.add(base, view.performance.last_outcome)
        for (outcome, prediction), count in view.performance.confusion.items():
            confusion.add(joined(base, labels(outcome=outcome, prediction=prediction)), count)
    yield from (in_window, joined_total, duplicates, corrections, expired, pending, coverage, delay, last, confusion)


GROUP = ModelGroup("performance", _families)
