"""Realised performance of one window and of the reference."""

from collections.abc import Mapping
from dataclasses import dataclass

from ..measures.performance import (
    CLASSIFICATION_MEASURES,
    LABELLED_MEASURES,
    REGRESSION_MEASURES,
    UNKNOWN,
    ClassificationTotals,
    Interval,
    RegressionTotals,
)
from ..model.view import ModelView, WindowView
from ..reference.reference import Reference


@dataclass(frozen=True)
class PerformanceValue:
    """One measure; `of_class` is empty unless it is measured by class.

    `lower` and `upper` are the limits of its 95 % confidence interval, NaN if unknown.
    """

    measure: str
    of_class: str
    value: float
    reference: float
    lower: float = float("nan")
    upper: float = float("nan")


@dataclass(frozen=True)
class LabelledValue:
    """One value of a measure with labels, such as a quantile of errors; `outcomes` is the number behind it."""

    measure: str
    labels: Mapping[str, str]
    value: float
    lower: float
    upper: float
    outcomes: int


@dataclass(frozen=True)
class Confusion:
    """Joined predictions of the window: outcomes down, predictions across."""

    classes: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


def performance_values(window: WindowView, reference: Reference | None) -> tuple[PerformanceValue, ...]:
    """Return every measure of the model's task; empty before the first prediction with an id."""
    known = reference.performance if reference else {}
    return tuple(
        PerformanceValue(measure, of_class, value, known.get(measure, {}).get(of_class, float("nan")), *limits)
        for measure, values in _by_measure(window.performance).items()
        for of_class, (value, limits) in values.items()
    )


def _by_measure(
    totals: ClassificationTotals | RegressionTotals | None,
) -> Mapping[str, Mapping[str, tuple[float, Interval]]]:
    """Return each measure's value and interval by class."""
    if totals is None:
        return {}
    # Values of a regressor have no class; the empty name keeps both in one form.
    if isinstance(totals, RegressionTotals):
        return {
            key: {"": (measure.compute(totals), measure.interval(totals) if measure.interval else UNKNOWN)}
            for key, measure in REGRESSION_MEASURES.items()
        }
    found = {}
    for key, measure in CLASSIFICATION_MEASURES.items():
        limits = measure.interval(totals) if measure.interval else {}
        found[key] = {name: (value, limits.get(name, UNKNOWN)) for name, value in measure.compute(totals).items()}
    return found


def labelled_values(view: ModelView, window: WindowView) -> tuple[LabelledValue, ...]:
    """Return every value of the measures with labels."""
    return tuple(
        LabelledValue(measure.key, dict(zip(measure.labels, names, strict=True)), found.value, *found.limits, found.n)
        for measure in LABELLED_MEASURES.values()
        if isinstance(window.performance, measure.of)
        for names, found in measure.compute(window.performance, view.config.performance).items()
    )


def confusion_of(window: WindowView) -> Confusion | None:
    """Return the window's confusion matrix, None for a regressor."""
    totals = window.performance
    if not isinstance(totals, ClassificationTotals):
        return None
    rows = totals.confusion.astype(int).tolist()
    return Confusion(totals.classes, tuple(tuple(row) for row in rows))
