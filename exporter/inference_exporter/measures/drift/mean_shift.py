"""Shift of the mean, in reference standard deviations."""

import numpy as np

from ...arrays import Floats
from ._base import Comparison, DriftMeasure


def mean_shift(comparison: Comparison) -> Floats:
    """Return how far the window's mean lies above the reference's, in reference standard deviations.

    Returns
    -------
    ndarray of float, shape (...)
        Negative if the mean fell; NaN if a side has no finite value, the column is categorical or the reference has no
        spread. One far outlier moves it, as it moves the mean.

    References
    ----------
    Glass (1976), Educational Researcher 5(10):3-8: an effect in units of the control group's standard deviation.
    """
    return comparison.cumulative.of_all(comparison.cumulative.mean)


def _floor(comparison: Comparison) -> Floats:
    """Mean absolute value of a normal variable."""
    return comparison.cumulative.of_all(np.sqrt(2 / np.pi * comparison.cumulative.noise))


MEASURE = DriftMeasure(
    key="mean_shift",
    title="Mean shift, in SD",
    help="Mean of the window minus that of the reference, in reference standard deviations; numeric columns.",
    formula="mean minus that of the reference, in sd",
    compute=mean_shift,
    columns="numeric",
    range="-infinity to infinity",
    floor=_floor,
    shift_of=np.abs,
)
