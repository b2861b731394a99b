"""Root mean squared error."""

import math

from ._base import RegressionMeasure, RegressionTotals, ratio


def root_mean_squared_error(totals: RegressionTotals) -> float:
    """Return the root of the mean of (prediction - outcome) squared, in the outcome's unit."""
    # Taking back what was corrected can leave a tiny negative number.
    return math.sqrt(ratio(max(totals.squared_error, 0.0), totals.n))


MEASURE = RegressionMeasure(
    key="root_mean_squared_error",
    help="Root of the mean squared difference of prediction and outcome.",
    compute=root_mean_squared_error,
)
