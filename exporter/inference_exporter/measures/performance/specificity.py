"""Specificity of each class."""

from collections.abc import Mapping

import numpy as np

from ._base import ClassificationMeasure, ClassificationTotals, PerClass, ratio
from ._intervals import Interval, wilson


def specificity(totals: ClassificationTotals) -> PerClass:
    """Return, for each class, the share of other outcomes that were not taken for it; NaN if there were no others.

    References
    ----------
    Yerushalmy (1947), Public Health Reports 62(40):1432-1449.
    """
    return {name: ratio(right, others) for name, (right, others) in _of_others(totals).items()}


def interval(totals: ClassificationTotals) -> Mapping[str, Interval]:
    """Return Wilson's interval of each class."""
    return {name: wilson(right, others) for name, (right, others) in _of_others(totals).items()}


def _of_others(totals: ClassificationTotals) -> Mapping[str, tuple[float, float]]:
    """Return, for each class, the outcomes of other classes that were not taken for it, and all of them."""
    taken, came = totals.confusion.sum(axis=0) - np.diag(totals.confusion), totals.confusion.sum(axis=1)
    others = came.sum() - came
    pairs = zip((others - taken).tolist(), others.tolist(), strict=True)
    return dict(zip(totals.classes, pairs, strict=True))


MEASURE = ClassificationMeasure(
    key="specificity_ratio",
    title="Specificity",
    help="Share of the outcomes of other classes that were not taken for the class.",
    compute=specificity,
    interval=interval,
)
