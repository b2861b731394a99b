"""Mean score in each bin of a calibration curve."""

from ._base import ClassificationTotals, ClassScores, Estimate, Estimates, LabelledMeasure, Levels, of_probabilities
from ._bins import by_bin
from ._intervals import UNKNOWN


def calibration_curve_score(totals: ClassificationTotals, levels: Levels) -> Estimates:
    """Return, for each scored class and bin of its scores, their mean: where a calibrated curve would be.

    NaN if a score of the class is below 0 or above 1, and so not a probability.
    """
    return by_bin(totals, _of_bin)


def _of_bin(scores: ClassScores, n: int, score: float, positive: float) -> Estimate:
    return Estimate(of_probabilities(scores, score / n), UNKNOWN, n)


MEASURE = LabelledMeasure(
    key="calibration_curve_score",
    title="Mean score",
    help="Mean score of a class in a bin of its calibration curve.",
    labels=("class", "bin"),
    of=ClassificationTotals,
    compute=calibration_curve_score,
    bounded=False,
    longest=True,
)
