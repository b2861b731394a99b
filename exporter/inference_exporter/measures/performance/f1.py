"""F1 of each class."""

import numpy as np

from ._base import ClassificationMeasure, ClassificationTotals, PerClass, ratio


def f1(totals: ClassificationTotals) -> PerClass:
    """Return, for each class, 2 TP / (2 TP + FP + FN); NaN for a class that was neither predicted nor observed.

    References
    ----------
    van Rijsbergen (1979), Information Retrieval, chapter 7.
    """
    right = np.diag(totals.confusion)
    both = totals.confusion.sum(axis=0) + totals.confusion.sum(axis=1)
    return {name: ratio(2 * a, b) for name, a, b in zip(totals.classes, right, both, strict=True)}


MEASURE = ClassificationMeasure(
    key="f1_ratio",
    title="F1",
    help="Harmonic mean of precision and recall of a class.",
    compute=f1,
)
