"""Precision of each class."""

from collections.abc import Mapping

import numpy as np

from ._base import ClassificationMeasure, ClassificationTotals, PerClass, ratio
from ._intervals import Interval, wilson


def precision(totals: ClassificationTotals) -> PerClass:
    """Return, for each class, the share of its predictions that were right; NaN if it was never predicted."""
    right, predicted = np.diag(totals.confusion), totals.confusion.sum(axis=0)
    return {name: ratio(a, b) for name, a, b in zip(totals.classes, right, predicted, strict=True)}


def interval(totals: ClassificationTotals) -> Mapping[str, Interval]:
    """Return Wilson's interval of each class."""
    right, predicted = np.diag(totals.confusion), totals.confusion.sum(axis=0)
    return {name: wilson(a, b) for name, a, b in zip(totals.classes, right, predicted, strict=True)}


MEASURE = ClassificationMeasure(
    key="precision_ratio",
    title="Precision",
    help="Share of the predictions of a class that were right.",
    compute=precision,
    interval=interval,
)
