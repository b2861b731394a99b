"""First Wasserstein distance in reference standard deviations."""

import numpy as np

from ...batch import Floats
from ._base import Cumulative, DriftMeasure


def wasserstein(cumulative: Cumulative) -> Floats:
    """Return the area between two distribution functions, in reference standard deviations.

    Between two cuts the gap jumps by what lies on the lower cut (as large a
    part of the change as in the reference) and goes on in a straight line;
    beyond the outermost cuts, where the reference has nothing, the area is the
    mean distance of the window's values, which is known exactly.

    Returns
    -------
    ndarray of float, shape (...)
        From 0; NaN where a side is empty, where the column is categorical or
        the reference has no spread.

    Notes
    -----
    The error against the raw-value distance is at most the sum over cells of
    their width times what both sides have inside them; 0 where each value is a
    cut. Around the bulk of the reference (all but 1/256 at either end) cells
    are at most 1/32 of its width wide: on the sets we test the error stays
    below 2 % of a standard deviation.

    References
    ----------
    Vallender (1974), Theory Probab. Appl. 18(4):784-786.
    """
    if cumulative.reference.shape[-1] == 0:
        return np.full(cumulative.reference.shape[:-1], np.nan)
    gap = cumulative.window - cumulative.reference
    start = gap[..., :-1] + cumulative.atoms[..., :-1] * (gap[..., 1:] - gap[..., :-1])
    end = gap[..., 1:]
    inside = (_area_of_line(start, end) * cumulative.widths[..., :-1]).sum(axis=-1)
    return np.asarray(inside + cumulative.below + cumulative.above)


def _area_of_line(start: Floats, end: Floats) -> Floats:
    """Return the mean of |y| along a straight line from start to end, which may cross zero."""
    size = np.abs(start) + np.abs(end)
    crossing = np.divide(np.square(start) + np.square(end), 2 * size, out=np.zeros_like(size), where=size > 0)
    return np.where(start * end < 0, crossing, size / 2)


MEASURE = DriftMeasure(
    key="wasserstein_normalized",
    help="First Wasserstein distance of the window from the reference in reference standard deviations; "
    "numeric columns.",
    compute=lambda comparison: wasserstein(comparison.cumulative),
    numeric_only=True,
)
