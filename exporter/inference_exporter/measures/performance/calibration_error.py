"""Expected calibration error of each scored class."""

import numpy as np

from ._base import ClassificationMeasure, ClassificationTotals, PerClass, of_probabilities, ratio


def calibration_error(totals: ClassificationTotals) -> PerClass:
    """Return, for each scored class, the mean gap between score and frequency over ten score buckets.

    NaN if a score is below 0 or above 1, and so not a probability.

    References
    ----------
    Naeini, Cooper and Hauskrecht (2015), AAAI 29:2901-2907.
    """
    errors = {}
    for name, scores in totals.scores.items():
        number, score_sum, positive = scores.calibration
        errors[name] = of_probabilities(scores, ratio(np.abs(score_sum - positive).sum(), number.sum()))
    return errors


MEASURE = ClassificationMeasure(
    key="calibration_error",
    title="Expected calibration error",
    help="Mean distance between a class's scores and the observed frequencies, over ten score buckets of equal width.",
    compute=calibration_error,
)
