"""Root mean squared error."""

import numpy as np

from ..exact_sums import root_of
from ._base import RegressionMeasure, RegressionTotals


def root_mean_squared_error(totals: RegressionTotals) -> float:
    """Return the root of the mean of (prediction - outcome) squared, in the outcome's unit."""
    return root_of(totals.squared_error / totals.n) if totals.n else float(np.nan)


MEASURE = RegressionMeasure(
    key="root_mean_squared_error",
    title="Root mean squared error",
    help="Root of the mean squared difference between prediction and outcome.",
    compute=root_mean_squared_error,
    estimated=True,
)
