"""Total variation distance."""

import numpy as np

from ...arrays import Floats
from ..special_functions import ndtri
from ._base import Comparison, DriftMeasure


def total_variation(p: Floats, q: Floats) -> Floats:
    """Return the total variation distance of shares: the share of samples that would have to move.

    Parameters
    ----------
    p, q : ndarray of float, shape (..., n_buckets)
        Shares over the same buckets.

    Returns
    -------
    ndarray of float, shape (...)
        Between 0 and 1; NaN if a side is empty.

    References
    ----------
    Levin, Peres and Wilmer (2009), Markov Chains and Mixing Times, section 4.1.
    """
    return np.asarray(np.abs(p - q).sum(axis=-1) / 2)


def _compute(comparison: Comparison) -> Floats:
    return total_variation(comparison.reference_shares, comparison.window_shares)


def _floor(comparison: Comparison) -> Floats:
    """Half the sum of mean absolute normal variables, one for the difference in each bucket."""
    p = comparison.reference_shares
    # A normal variable of variance v has a mean size of sqrt(2 v / pi); here v is p (1 − p) times the noise.
    return np.asarray(np.sqrt(comparison.noise / (2 * np.pi)) * np.sqrt(p * (1 - p)).sum(axis=-1))


MEASURE = DriftMeasure(
    key="total_variation",
    title="Total variation distance",
    help="Total variation distance of the window from the reference, 0 to 1.",
    formula="Σ |q − p| / 2: the share that would have to move",
    source="Levin, Peres and Wilmer 2009",
    compute=_compute,
    range="0 to 1",
    floor=_floor,
    shift_of=lambda distance: 2 * ndtri((1 + distance) / 2),
)
