"""Root mean squared error."""

import numpy as np

from ..exact_sums import as_float, root_of
from ._base import RegressionMeasure, RegressionTotals
from ._intervals import UNKNOWN, Interval, of_positive_mean


def root_mean_squared_error(totals: RegressionTotals) -> float:
    """Return the root of the mean of (prediction - outcome) squared, in the outcome's unit."""
    return root_of(totals.squared_error / totals.n) if totals.n else float(np.nan)


def interval(totals: RegressionTotals) -> Interval:
    """Return the roots of the limits of the mean of squares, which is normal on the log scale."""
    detail, n = totals.whole_detail, totals.n
    if detail is None or n < 2:
        return UNKNOWN
    # In units of the value itself, as fourth powers may be beyond the range of floats.
    unit = totals.squared_error / n
    if not unit:
        return Interval(0.0, 0.0)
    limits = of_positive_mean(n, float(n), as_float(detail.fourth_error / unit**2))
    return Interval(*(root_of(unit) * np.sqrt(limit).item() for limit in limits))


MEASURE = RegressionMeasure(
    key="root_mean_squared_error",
    title="Root mean squared error",
    help="Root of the mean squared difference between prediction and outcome.",
    compute=root_mean_squared_error,
    interval=interval,
    estimated=True,
)
