"""Accuracy."""

from collections.abc import Mapping

import numpy as np

from ._base import ClassificationMeasure, ClassificationTotals, PerClass, ratio
from ._intervals import Interval, wilson


def accuracy(totals: ClassificationTotals) -> PerClass:
    """Return the share of predictions that equal their outcome; NaN without outcomes."""
    return {"": ratio(np.trace(totals.confusion), totals.confusion.sum())}


def interval(totals: ClassificationTotals) -> Mapping[str, Interval]:
    """Return Wilson's interval."""
    return {"": wilson(np.trace(totals.confusion), totals.confusion.sum())}


MEASURE = ClassificationMeasure(
    key="accuracy_ratio",
    title="Accuracy",
    help="Share of predictions that equal their outcome, among those with an outcome.",
    compute=accuracy,
    interval=interval,
)
