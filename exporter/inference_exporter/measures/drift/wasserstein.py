"""First Wasserstein distance in reference standard deviations."""

import math

import numpy as np

from ...arrays import Floats
from ._base import Comparison, Cuts, DriftMeasure


def wasserstein(sizes: Floats, cuts: Cuts) -> Floats:
    """Return the area between two distribution functions, in reference standard deviations.

    Between two cuts the gap jumps by the values on the lower cut (the same part
    of the change as in the reference) and then runs in a straight line. Beyond
    the outermost cuts the reference has no values: the area there is the mean
    distance of the window's values, which the caller knows exactly and adds.

    Parameters
    ----------
    sizes : ndarray of float, shape (..., n_cuts)
        Gap between both sides' shares below each cut.
    cuts : Cuts
        Of the same shape.

    Returns
    -------
    ndarray of float, shape (...)
        From 0; NaN if a side is empty, the column is categorical or the
        reference has no spread.

    Notes
    -----
    The error against the distance of raw values is at most the sum over cells of
    their width times the shares inside them; 0 if each value is a cut. Around
    the bulk of the reference (all but 1/256 at either end) cells are at most
    1/32 of its width wide: on our test sets the error stays below 2 % of a
    standard deviation. A line that crosses zero counts as if it did not: looking
    for such lines would cost as much as all the rest, and the difference is
    about what the steps of raw values add between two cuts. On clean windows of
    50 to 10,000 normal or exponential values the mean error is below 0.03 % of a
    standard deviation.

    References
    ----------
    Vallender (1974), Theory Probab. Appl. 18(4):784-786.
    """
    return np.asarray(np.einsum("...i,...i->...", sizes, cuts.weights))


def expected_wasserstein(shares: Floats, cuts: Cuts) -> Floats:
    """Return the mean area between the distribution functions of two samples of one distribution, over sqrt(1/n + 1/m).

    Parameters
    ----------
    shares : ndarray of float, shape (..., n_cuts)
        The distribution's share below each cut. The difference of two such shares is normal.
    """
    spreads = np.sqrt(np.maximum(shares * (1 - shares), 0.0))
    # The mean gap at a cut, integrated by the trapezoidal rule.
    lines = (spreads[..., 1:] + spreads[..., :-1]) / 2 * cuts.widths[..., :-1]
    return np.asarray(math.sqrt(2 / math.pi) * lines.sum(axis=-1))


def _floor(comparison: Comparison) -> Floats:
    cumulative = comparison.cumulative
    return cumulative.of_all(cumulative.expected_area * np.sqrt(cumulative.noise))


MEASURE = DriftMeasure(
    key="wasserstein_normalized",
    title="Wasserstein distance, in SD",
    help="First Wasserstein distance: how far values moved on average, in reference standard deviations; "
    "numeric columns.",
    formula="area between the distribution functions, in sd",
    source="Vallender 1974",
    compute=lambda comparison: comparison.cumulative.of_all(comparison.cumulative.area),
    columns="numeric",
    floor=_floor,
    shift_of=np.asarray,
)
