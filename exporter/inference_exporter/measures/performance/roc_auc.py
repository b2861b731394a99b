"""Area under the ROC curve of each scored class."""

from collections.abc import Mapping

import numpy as np

from ._base import ClassificationMeasure, ClassificationTotals, ClassScores, PerClass
from ._intervals import UNKNOWN, Interval, of_area


def roc_auc(totals: ClassificationTotals) -> PerClass:
    """Return, for each scored class, the probability that a positive outcome has a higher score than a negative one.

    NaN until both outcomes have occurred. Scores in one cell count as ties, so
    the error is at most half the probability that a positive and a negative
    share a cell; there are 1,536 cells from 0 to 1, evenly spaced in score and in
    log-odds, and 500 beyond, for scores that are not probabilities.

    References
    ----------
    Hanley and McNeil (1982), Radiology 143(1):29-36.
    """
    areas = {}
    for name, scores in totals.scores.items():
        negative, positive = scores.ranking
        below = np.cumsum(negative) - negative
        pairs = negative.sum() * positive.sum()
        # Mann and Whitney's statistic: pairs in the right order, ties half.
        areas[name] = float((positive * (below + negative / 2)).sum() / pairs) if pairs else float(np.nan)
    return areas


def interval(totals: ClassificationTotals) -> Mapping[str, Interval]:
    """Return, for each scored class, the interval of the area on the scale of log-odds.

    References
    ----------
    The standard error: DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44(3):837-845.
    """
    areas = roc_auc(totals)
    return {name: _interval(scores, areas[name]) for name, scores in totals.scores.items()}


def _interval(scores: ClassScores, area: float) -> Interval:
    negative, positive = scores.ranking
    n_negative, n_positive = negative.sum(), positive.sum()
    fewest = min(n_negative, n_positive)
    if not fewest:
        return UNKNOWN
    # A single case has no spread.
    if fewest < 2:
        return of_area(area, 0.0, fewest)
    # Each case's share of cases of the other side below it: their spread gives the error (DeLong 1988).
    below = (np.cumsum(negative) - negative / 2) / n_negative
    above = 1 - (np.cumsum(positive) - positive / 2) / n_positive
    of_positive = positive @ np.square(below - area) / (n_positive - 1) / n_positive
    of_negative = negative @ np.square(above - area) / (n_negative - 1) / n_negative
    return of_area(area, float(np.sqrt(of_positive + of_negative)), fewest)


MEASURE = ClassificationMeasure(
    key="roc_auc",
    title="ROC AUC",
    help="Area under the ROC curve: probability that a case of the class scores higher than one of another class.",
    compute=roc_auc,
    interval=interval,
)
