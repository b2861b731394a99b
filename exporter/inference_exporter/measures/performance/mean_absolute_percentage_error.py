"""Mean absolute percentage error."""

from ._base import RegressionMeasure, RegressionTotals, interval_of_mean, mean
from ._intervals import Interval


def mean_absolute_percentage_error(totals: RegressionTotals) -> float:
    """Return the mean of |prediction - outcome| / |outcome| over outcomes that are not 0; 1 is 100 %."""
    return mean(totals.relative_error, totals.relative_n)


def interval(totals: RegressionTotals) -> Interval:
    """Return the interval of the mean."""
    return interval_of_mean(totals.relative_n, totals.relative_error, totals.squared_relative_error)


MEASURE = RegressionMeasure(
    key="mean_absolute_percentage_error",
    title="Mean absolute percentage error",
    help="Mean absolute difference between prediction and outcome relative to the outcome, over outcomes other than 0.",
    compute=mean_absolute_percentage_error,
    interval=interval,
)
