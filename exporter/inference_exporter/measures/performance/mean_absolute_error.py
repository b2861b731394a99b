"""Mean absolute error."""

from ._base import RegressionMeasure, RegressionTotals, mean


def mean_absolute_error(totals: RegressionTotals) -> float:
    """Return the mean of |prediction - outcome|, in the outcome's unit."""
    return mean(totals.absolute_error, totals.n)


MEASURE = RegressionMeasure(
    key="mean_absolute_error",
    title="Mean absolute error",
    help="Mean absolute difference between prediction and outcome.",
    compute=mean_absolute_error,
)
