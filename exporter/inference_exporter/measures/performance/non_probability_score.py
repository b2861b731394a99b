"""Scores that are not probabilities."""

from ._base import ClassificationMeasure, ClassificationTotals, PerClass, ratio


def non_probability_score(totals: ClassificationTotals) -> PerClass:
    """Return, for each scored class, the share of its scores below 0 or above 1.

    Margins, percentages and log-odds can be ranked like probabilities, so ROC AUC
    is still valid; Brier score, log loss and calibration error are NaN as long as
    the window has any such score.
    """
    return {name: ratio(scores.outside, scores.n) for name, scores in totals.scores.items()}


MEASURE = ClassificationMeasure(
    key="non_probability_score_ratio",
    title="Scores outside 0 to 1",
    help="Share of a class's scores below 0 or above 1; with any, Brier score, log loss and calibration are NaN.",
    compute=non_probability_score,
    estimated=False,
)
