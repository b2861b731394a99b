"""Variance of the window over that of the reference."""

import numpy as np

from ...arrays import Floats
from ._base import Comparison, DriftMeasure


def variance_ratio(comparison: Comparison) -> Floats:
    """Return the window's variance divided by the reference's.

    Returns
    -------
    ndarray of float, shape (...)
        From 0, 1 without change; NaN if the window has fewer than two finite values, the column is categorical or the
        reference has no spread. Like any variance it is sensitive to outliers.

    References
    ----------
    Fisher (1924), On a distribution yielding the error functions of several well known statistics, Proc. Int. Congress
    of Mathematics, Toronto, 2:805-813.
    """
    return comparison.cumulative.of_all(comparison.cumulative.variance)


MEASURE = DriftMeasure(
    key="variance_ratio",
    title="Variance ratio",
    help="Variance of the window over that of the reference, 1 without change; numeric columns.",
    formula="variance over that of the reference",
    source="Fisher 1924",
    compute=variance_ratio,
    columns="numeric",
    neutral=1.0,
    floor=lambda comparison: np.where(np.isnan(variance_ratio(comparison)), np.nan, 1.0),
)
