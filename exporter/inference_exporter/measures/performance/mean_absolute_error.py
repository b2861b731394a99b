"""Mean absolute error."""

from ._base import RegressionMeasure, RegressionTotals, interval_of_mean, mean
from ._intervals import Interval


def mean_absolute_error(totals: RegressionTotals) -> float:
    """Return the mean of |prediction - outcome|, in the outcome's unit."""
    return mean(totals.absolute_error, totals.n)


def interval(totals: RegressionTotals) -> Interval:
    """Return the interval of the mean; the variance of absolute errors follows from the squared ones."""
    return interval_of_mean(totals.n, totals.absolute_error, totals.squared_error)


MEASURE = RegressionMeasure(
    key="mean_absolute_error",
    title="Mean absolute error",
    help="Mean absolute difference between prediction and outcome.",
    compute=mean_absolute_error,
    interval=interval,
    estimated=True,
)
