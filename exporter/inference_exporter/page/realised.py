"""Realised performance of one window and of the reference."""

from collections.abc import Mapping
from dataclasses import dataclass

from ..measures.performance import CLASSIFICATION_MEASURES, REGRESSION_MEASURES
from ..measures.performance._base import ClassificationTotals
from ..model.view import WindowView
from ..reference.reference import Reference


@dataclass(frozen=True)
class PerformanceValue:
    """One measure; `of_class` is empty unless it is measured by class."""

    measure: str
    of_class: str
    value: float
    reference: float


@dataclass(frozen=True)
class Confusion:
    """Joined predictions of the window: outcomes down, predictions across."""

    classes: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


def performance_values(window: WindowView, reference: Reference | None) -> tuple[PerformanceValue, ...]:
    """Return every measure of the model's task; empty before the first prediction with an id."""
    known = reference.performance if reference else {}
    return tuple(
        PerformanceValue(measure, of_class, value, known.get(measure, {}).get(of_class, float("nan")))
        for measure, values in _by_measure(window).items()
        for of_class, value in values.items()
    )


def _by_measure(window: WindowView) -> Mapping[str, Mapping[str, float]]:
    totals = window.performance
    if totals is None:
        return {}
    if isinstance(totals, ClassificationTotals):
        return {key: measure.compute(totals) for key, measure in CLASSIFICATION_MEASURES.items()}
    return {key: {"": measure.compute(totals)} for key, measure in REGRESSION_MEASURES.items()}


def confusion_of(window: WindowView) -> Confusion | None:
    """Return the window's confusion matrix, None for a regressor."""
    totals = window.performance
    if not isinstance(totals, ClassificationTotals):
        return None
    rows = totals.confusion.astype(int).tolist()
    return Confusion(totals.classes, tuple(tuple(row) for row in rows))
