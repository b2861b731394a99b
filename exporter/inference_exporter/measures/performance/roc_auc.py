"""Area under the ROC curve of each scored class."""

import numpy as np

from ._base import ClassificationMeasure, ClassificationTotals, PerClass


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
        areas[name] = float((positive * (below + negative / 2)).sum() / pairs) if pairs else float(np.nan)
    return areas


MEASURE = ClassificationMeasure(
    key="roc_auc",
    title="ROC AUC",
    help="Area under the ROC curve: probability that a case of the class scores higher than one of another class.",
    compute=roc_auc,
)
