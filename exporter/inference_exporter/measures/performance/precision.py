"""Precision of each class."""

import numpy as np

from ._base import ClassificationMeasure, ClassificationTotals, PerClass, ratio


def precision(totals: ClassificationTotals) -> PerClass:
    """Return, for each class, the share of its predictions that were right; NaN if it was never predicted."""
    right, predicted = np.diag(totals.confusion), totals.confusion.sum(axis=0)
    return {name: ratio(a, b) for name, a, b in zip(totals.classes, right, predicted, strict=True)}


MEASURE = ClassificationMeasure(
    key="precision_ratio",
    title="Precision",
    help="Share of the predictions of a class that were right.",
    compute=precision,
)
