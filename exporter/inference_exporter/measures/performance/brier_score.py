"""Brier score of each scored class."""

from ._base import ClassificationMeasure, ClassificationTotals, PerClass, of_probabilities, ratio


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


MEASURE = ClassificationMeasure(
    key="brier_score",
    title="Brier score",
    help="Mean squared difference between a class's score and its outcome (1 or 0).",
    compute=brier_score,
)
