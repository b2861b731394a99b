"""Recall of each class."""

from collections.abc import Mapping

import numpy as np

from ._base import ClassificationMeasure, ClassificationTotals, PerClass, ratio
from ._intervals import Interval, wilson


def recall(totals: ClassificationTotals) -> PerClass:
    """Return, for each class, the share of its outcomes that were predicted; NaN for a class that never occurred."""
    right, came = np.diag(totals.confusion), totals.confusion.sum(axis=1)
    return {name: ratio(a, b) for name, a, b in zip(totals.classes, right, came, strict=True)}


def interval(totals: ClassificationTotals) -> Mapping[str, Interval]:
    """Return Wilson's interval of each class."""
    right, came = np.diag(totals.confusion), totals.confusion.sum(axis=1)
    return {name: wilson(a, b) for name, a, b in zip(totals.classes, right, came, strict=True)}


MEASURE = ClassificationMeasure(
    key="recall_ratio",
    title="Recall",
    help="Share of the outcomes of a class that were predicted.",
    compute=recall,
    interval=interval,
)
