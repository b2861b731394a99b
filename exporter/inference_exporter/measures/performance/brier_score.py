"""Brier score of each scored class."""

from collections.abc import Mapping

from ._base import ClassificationMeasure, ClassificationTotals, PerClass, of_probabilities, ratio
from ._intervals import UNKNOWN, Interval, of_positive_mean


def brier_score(totals: ClassificationTotals) -> PerClass:
    """Return, for each scored class, the mean of (score - outcome) squared; 0 is perfect.

    NaN if a score is below 0 or above 1, and so not a probability.

    References
    ----------
    Brier (1950), Monthly Weather Review 78(1):1-3.
    """
    return {
        name: of_probabilities(scores, ratio(scores.squared_error, scores.n)) for name, scores in totals.scores.items()
    }


def interval(totals: ClassificationTotals) -> Mapping[str, Interval]:
    """Return, for each scored class, the interval of the mean, normal on the log scale."""
    return {
        name: UNKNOWN if scores.outside else of_positive_mean(scores.n, scores.squared_error, scores.fourth_power_error)
        for name, scores in totals.scores.items()
    }


MEASURE = ClassificationMeasure(
    key="brier_score",
    title="Brier score",
    help="Mean squared difference between a class's score and its outcome (1 or 0).",
    compute=brier_score,
    interval=interval,
)
