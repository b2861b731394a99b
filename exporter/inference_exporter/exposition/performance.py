"""Realised performance in each window and in the reference, and the arrival of outcomes."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from ..measures.performance import (
    CLASSIFICATION_MEASURES,
    LABELLED_MEASURES,
    REGRESSION_MEASURES,
    ClassificationTotals,
    Interval,
    LabelledMeasure,
    RegressionTotals,
)
from ..model.view import ModelView, WindowView
from ._base import Family, ModelGroup, counter, gauge, histogram, joined, labels, model_labels
from ._regression import Value, unnamed

Totals = ClassificationTotals | RegressionTotals


def _families(views: Sequence[ModelView]) -> Iterator[Family]:
    for measure in CLASSIFICATION_MEASURES.values():
        yield from _measure(measure.key, measure.help, views, ClassificationTotals, measure.compute)
        # Measures without a known sampling distribution have no limits, rather than wrong ones.
        if measure.interval:
            yield from _limits(measure.key, measure.title, views, ClassificationTotals, measure.interval)
    for regression in REGRESSION_MEASURES.values():
        yield from _measure(regression.key, regression.help, views, RegressionTotals, unnamed(regression.compute))
        if regression.interval:
            limits = unnamed(regression.interval)
            yield from _limits(regression.key, regression.title, views, RegressionTotals, limits)
    for labelled in LABELLED_MEASURES.values():
        yield from _labelled(labelled, views)
    yield from _outcomes(views)


def _labelled(measure: LabelledMeasure, views: Sequence[ModelView]) -> Iterator[Family]:
    """Yield the family of the values, and those of their limits and their numbers of outcomes."""
    name = f"model_{measure.key}"
    value = gauge(name, measure.help)
    lower = gauge(f"{name}_lower", f"{measure.title}: lower limit of the 95 % confidence interval.")
    upper = gauge(f"{name}_upper", f"{measure.title}: upper limit of the 95 % confidence interval.")
    number = gauge(f"{name}_outcomes", f"{measure.title}: number of outcomes behind it.")
    for view, window in _windows(views):
        if isinstance(window.performance, measure.of) and (not measure.longest or window is _longest(view)):
            for names, found in measure.compute(window.performance, view.config.performance).items():
                extra = labels(**dict(zip(measure.labels, names, strict=True)), window=window.name)
                text = joined(model_labels(view.key), extra)
                value.add(text, found.value)
                lower.add(text, found.limits.lower)
                upper.add(text, found.limits.upper)
                number.add(text, found.n)
    yield from (value, lower, upper, number) if measure.bounded else (value,)


def _longest(view: ModelView) -> WindowView:
    return max(view.windows, key=lambda window: window.length_seconds)


def _measure(
    key: str,
    help_text: str,
    views: Sequence[ModelView],
    kind: type[Totals],
    compute: Callable[..., Mapping[str, float]],
) -> Iterator[Family]:
    family = gauge(f"model_{key}", help_text)
    reference = gauge(f"model_reference_{key}", f"On the reference: {help_text[0].lower()}{help_text[1:]}")
    for text, value in _computed(views, kind, compute):
        family.add(text, value)
    for view in views:
        for name, value in (view.reference.performance if view.reference else {}).get(key, {}).items():
            reference.add(joined(model_labels(view.key), labels(**{"class": name})), value)
    yield family
    yield reference


def _limits(
    key: str,
    title: str,
    views: Sequence[ModelView],
    kind: type[Totals],
    interval: Callable[..., Mapping[str, Interval]],
) -> Iterator[Family]:
    """Yield one family for each limit, with the labels of the value, so that comparing them needs no `ignoring`."""
    lower = gauge(f"model_{key}_lower", f"{title}: lower limit of the 95 % confidence interval.")
    upper = gauge(f"model_{key}_upper", f"{title}: upper limit of the 95 % confidence interval.")
    for text, limits in _computed(views, kind, interval):
        lower.add(text, limits.lower)
        upper.add(text, limits.upper)
    yield from (lower, upper)


def _computed(
    views: Sequence[ModelView], kind: type[Totals], compute: Callable[..., Mapping[str, Value]]
) -> Iterator[tuple[str, Value]]:
    """Yield the labels and the result of each class and window of the models of one kind."""
    for view, window in _windows(views):
        if isinstance(window.performance, kind):
            for name, value in compute(window.performance).items():
                extra = labels(**{"class": name}, window=window.name)
                yield joined(model_labels(view.key), extra), value


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
    # A Prometheus histogram, so that quantiles add up over replicas and any range of time.
    delay = histogram("model_outcome_delay_seconds", "Time from prediction to outcome.")
    last = gauge("model_last_outcome_timestamp_seconds", "Arrival time of the last outcome that found its prediction.")
    # First outcomes only: a counter must never go down, which a correction would require.
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
