"""Logarithmic loss."""

from collections.abc import Mapping

from ._base import ClassificationMeasure, ClassificationTotals, PerClass, ratio
from ._intervals import UNKNOWN, Interval, of_positive_mean


def log_loss(totals: ClassificationTotals) -> PerClass:
    """Return the mean of -ln(score of the observed class); scores are at least the float's epsilon.

    NaN if a score of any class is below 0 or above 1, and so not a probability.

    References
    ----------
    Good (1952), J. R. Stat. Soc. B 14(1):107-114.
    """
    outside = any(scores.outside for scores in totals.scores.values())
    return {"": float("nan") if outside else ratio(totals.log_loss_sum, totals.log_loss_n)}


def interval(totals: ClassificationTotals) -> Mapping[str, Interval]:
    """Return the interval of the mean, normal on the log scale."""
    if any(scores.outside for scores in totals.scores.values()):
        return {"": UNKNOWN}
    return {"": of_positive_mean(totals.log_loss_n, totals.log_loss_sum, totals.squared_log_loss_sum)}


MEASURE = ClassificationMeasure(
    key="log_loss",
    title="Log loss",
    help="Mean negative log-likelihood of the outcomes, in nats.",
    compute=log_loss,
    interval=interval,
    range=(0.0, float("inf")),
)
