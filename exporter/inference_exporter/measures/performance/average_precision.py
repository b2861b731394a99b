"""Average precision of each scored class."""

from collections.abc import Mapping

import numpy as np

from ._base import ClassificationMeasure, ClassificationTotals, ClassScores, PerClass
from ._intervals import Interval, wilson


def average_precision(totals: ClassificationTotals) -> PerClass:
    """Return, for each scored class, the mean precision at the scores of its outcomes; NaN until one has occurred.

    The area under the precision-recall curve, without interpolation. Scores in
    one cell count as ties. Guessing has the share of the class, so it says more
    than ROC AUC about a rare one.

    References
    ----------
    Davis and Goadrich (2006), ICML 23:233-240.
    """
    return {name: _of(scores) for name, scores in totals.scores.items()}


def _of(scores: ClassScores) -> float:
    # From the highest score down.
    negative, positive = scores.ranking[:, ::-1]
    filled = positive > 0
    hits, called = np.cumsum(positive)[filled], np.cumsum(negative + positive)[filled]
    came = positive.sum()
    return float(positive[filled] @ (hits / called) / came) if came else float(np.nan)


def interval(totals: ClassificationTotals) -> Mapping[str, Interval]:
    """Return, for each scored class, the interval of a share of as many cases as the class has.

    References
    ----------
    Boyd, Eng and Page (2013), ECML PKDD, LNCS 8190:451-466.
    """
    values = average_precision(totals)
    numbers = {name: float(scores.ranking[1].sum()) for name, scores in totals.scores.items()}
    return {name: wilson(values[name] * number, number) for name, number in numbers.items()}


MEASURE = ClassificationMeasure(
    key="average_precision",
    title="Average precision",
    help="Area under the precision-recall curve of a class.",
    compute=average_precision,
    interval=interval,
)
