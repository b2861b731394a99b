"""F1 of each class."""

from collections.abc import Mapping

import numpy as np

from ._base import ClassificationMeasure, ClassificationTotals, PerClass, ratio
from ._intervals import Interval, wilson


def f1(totals: ClassificationTotals) -> PerClass:
    """Return, for each class, 2 TP / (2 TP + FP + FN); NaN for a class that was neither predicted nor observed.

    References
    ----------
    van Rijsbergen (1979), Information Retrieval, chapter 7.
    """
    right = np.diag(totals.confusion)
    both = totals.confusion.sum(axis=0) + totals.confusion.sum(axis=1)
    return {name: ratio(2 * a, b) for name, a, b in zip(totals.classes, right, both, strict=True)}


def interval(totals: ClassificationTotals) -> Mapping[str, Interval]:
    """Return, for each class, the interval that Wilson's interval of TP / (TP + FP + FN) implies.

    Among the cases where the class was predicted or observed, this ratio J is the
    share with both, hence binomial, and F1 = 2 J / (1 + J) rises with it.
    """
    right = np.diag(totals.confusion)
    either = totals.confusion.sum(axis=0) + totals.confusion.sum(axis=1) - right
    shares = {name: wilson(a, b) for name, a, b in zip(totals.classes, right, either, strict=True)}
    return {name: Interval(*(2 * limit / (1 + limit) for limit in limits)) for name, limits in shares.items()}


MEASURE = ClassificationMeasure(
    key="f1_ratio",
    title="F1",
    help="Harmonic mean of precision and recall of a class.",
    compute=f1,
    interval=interval,
)
