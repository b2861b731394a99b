"""L-infinity distance: the greatest change of any bucket's share."""

import numpy as np

from ...arrays import Floats
from ..special_functions import erf, ndtri
from ._base import Comparison, DriftMeasure

NODES, WEIGHTS = np.polynomial.legendre.leggauss(48)
USUAL_RANGES = 20  # exposed buckets of equal share in a numeric column, given 5,000 reference rows or more


def l_infinity(p: Floats, q: Floats) -> Floats:
    """Return the greatest difference between shares of the same bucket.

    Parameters
    ----------
    p, q : ndarray of float, shape (..., n_buckets)
        Shares over the same buckets.

    Returns
    -------
    ndarray of float, shape (...)
        Between 0 and 1; NaN if a side is empty. Only one bucket counts, so the value depends on the number of buckets.

    References
    ----------
    Chebyshev's distance; as a measure of drift: Breck, Polyzotis, Roy, Whang and Zinkevich (2019), Data validation for
    machine learning, Proc. MLSys 1:334-347.
    """
    return np.asarray(np.abs(q - p).max(axis=-1))


def _compute(comparison: Comparison) -> Floats:
    return l_infinity(comparison.reference_shares, comparison.window_shares)


def _floor(comparison: Comparison) -> Floats:
    """Mean maximum of one normal variable per bucket, by integrating the probability that the maximum is greater."""
    p = comparison.reference_shares
    spreads = np.sqrt(p * (1 - p) * comparison.noise[..., np.newaxis])
    end = 6 * spreads.max(axis=-1, keepdims=True)
    chances = np.ones((*spreads.shape[:-1], len(NODES)))
    for bucket in range(spreads.shape[-1]):
        own = np.maximum(spreads[..., bucket, np.newaxis], np.finfo(np.float64).tiny)
        chances *= erf(end * (NODES + 1) / 2 / own / np.sqrt(2))
    return np.asarray(((1 - chances) * WEIGHTS).sum(axis=-1) * end[..., 0] / 2)


def shift_of(distance: Floats, n_ranges: int = USUAL_RANGES) -> Floats:
    """Return the shift of a normal distribution that adds this much to the outermost of `n_ranges` equal buckets."""
    return np.asarray(ndtri(np.minimum(distance + 1 / n_ranges, 1.0)) - ndtri(1 / n_ranges))


MEASURE = DriftMeasure(
    key="l_infinity",
    title="L∞ distance",
    help="Greatest change of any bucket's share, 0 to 1.",
    formula="max |q − p|: the bucket that changed most",
    source="Breck et al. 2019",
    compute=_compute,
    range="0 to 1",
    floor=_floor,
    shift_of=shift_of,
)
