"""Balanced accuracy."""

from collections.abc import Iterator, Mapping

import numpy as np

from ._base import ClassificationMeasure, ClassificationTotals, PerClass
from ._intervals import Interval, mean_of_shares, wilson


def balanced_accuracy(totals: ClassificationTotals) -> PerClass:
    """Return the mean recall of the classes that occurred: always guessing the commonest has 1 / number of classes.

    NaN without outcomes.

    References
    ----------
    Brodersen, Ong, Stephan and Buhmann (2010), ICPR 20:3121-3124.
    """
    recalls = [right / came for right, came in _occurred(totals)]
    return {"": float(np.mean(recalls)) if recalls else float(np.nan)}


def interval(totals: ClassificationTotals) -> Mapping[str, Interval]:
    """Return the interval of the mean, recovered from Wilson's intervals of the recalls."""
    return {"": mean_of_shares((right / came, wilson(right, came)) for right, came in _occurred(totals))}


def _occurred(totals: ClassificationTotals) -> Iterator[tuple[float, float]]:
    """Yield right predictions and outcomes of each class that occurred."""
    right, came = np.diag(totals.confusion).tolist(), totals.confusion.sum(axis=1).tolist()
    return ((a, b) for a, b in zip(right, came, strict=True) if b)


MEASURE = ClassificationMeasure(
    key="balanced_accuracy_ratio",
    title="Balanced accuracy",
    help="Mean recall of the classes that occurred.",
    compute=balanced_accuracy,
    interval=interval,
)
