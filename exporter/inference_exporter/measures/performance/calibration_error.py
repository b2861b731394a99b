"""Expected calibration error of each scored class."""

from collections.abc import Mapping

import numpy as np

from ._base import ClassificationMeasure, ClassificationTotals, PerClass, of_probabilities, ratio
from ._intervals import UNKNOWN, Interval, all_together


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


def interval(totals: ClassificationTotals) -> Mapping[str, Interval]:
    """Return, for each scored class, limits that hold at least 95 % of the time.

    The mean of absolute gaps is biased upwards: chance alone opens gaps. So the
    limits are those of all weighted sums of the gaps together, by Scheffe's method.
    """
    limits = {}
    for name, scores in totals.scores.items():
        number, score_sum, positive = scores.calibration[:, scores.calibration[0] > 0]
        n = number.sum()
        if scores.outside or not n:
            limits[name] = UNKNOWN
            continue
        share = (positive + 0.5) / (number + 1)  # Jeffreys' prior: a bucket without misses is not certain
        error = all_together(len(number)) * np.sqrt((number * share * (1 - share)).sum()) / n
        value = np.abs(score_sum - positive).sum() / n
        limits[name] = Interval(max(float(value - error), 0.0), min(float(value + error), 1.0))
    return limits


MEASURE = ClassificationMeasure(
    key="calibration_error",
    title="Expected calibration error",
    help="Mean distance between a class's scores and the observed frequencies, over ten score buckets of equal width.",
    compute=calibration_error,
    interval=interval,
)
