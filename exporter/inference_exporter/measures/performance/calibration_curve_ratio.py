"""Calibration curve: how often the outcome was the class, by score."""

from ._base import ClassificationTotals, ClassScores, Estimate, Estimates, LabelledMeasure, Levels, of_probabilities
from ._bins import by_bin
from ._intervals import UNKNOWN, wilson


def calibration_curve(totals: ClassificationTotals, levels: Levels) -> Estimates:
    """Return, for each scored class and bin of its scores, the share of outcomes that were the class.

    NaN if a score of the class is below 0 or above 1, and so not a probability.

    References
    ----------
    The reliability diagram: Murphy and Winkler (1977), J. R. Stat. Soc. C 26(1):41-47.
    """
    return by_bin(totals, _of_bin)


def _of_bin(scores: ClassScores, n: int, score: float, positive: float) -> Estimate:
    limits = UNKNOWN if scores.outside else wilson(positive, n)
    return Estimate(of_probabilities(scores, positive / n), limits, n)


MEASURE = LabelledMeasure(
    key="calibration_curve_ratio",
    title="Calibration curve",
    help="Share of outcomes that were the class, by bin of its score.",
    labels=("class", "bin"),
    of=ClassificationTotals,
    compute=calibration_curve,
    longest=True,
)
