"""Confidence limits of a share, and of the difference between two shares."""

import numpy as np

from ..arrays import Floats
from .special_functions import betaincinv, ndtr


def share_limit(successes: Floats, n: Floats, z: float) -> Floats:
    """Return the exact confidence limit of a share: above it if z is positive, below it if negative.

    Parameters
    ----------
    successes, n : ndarray of float, shape (...)
        NaN if unknown.
    z : float
        The normal quantile of the level: the limit errs with the probability that a normal value exceeds the size of z.

    Returns
    -------
    ndarray of float, shape (...)
        Between 0 and 1; NaN if there are no values.

    References
    ----------
    Clopper and Pearson (1934), Biometrika 26(4):404-413. Approximations such as Wilson's are too narrow this far out
    for the handful of rare values that a window has.
    """
    level = float(ndtr(z))
    k, of = (np.asarray(side, dtype=np.float64) for side in np.broadcast_arrays(successes, n))
    edge = (k <= 0) if z < 0 else (k >= of)
    more = 0.0 if z < 0 else 1.0
    with np.errstate(invalid="ignore"):
        limit = betaincinv(np.where(edge, 1.0, k + more), np.where(edge, 1.0, of - k + 1.0 - more), level)
    return np.where(of > 0, np.where(edge, more, limit), np.nan)


def difference_limit(
    successes_window: Floats, n_window: Floats, successes_reference: Floats, n_reference: Floats, z: float
) -> Floats:
    """Return the confidence limit of the window's share minus the reference's.

    Parameters
    ----------
    successes_window, n_window, successes_reference, n_reference : ndarray of float, shape (...)
        Successes and size of either side; NaN if unknown.
    z : float
        The normal quantile of the level; negative for a lower limit.

    References
    ----------
    From the limits of both shares (MOVER): Zou and Donner (2008), Statistics in Medicine 27(10):1693-1702.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        share, other = successes_window / n_window, successes_reference / n_reference
    own = share_limit(successes_window, n_window, z) - share
    others = share_limit(successes_reference, n_reference, -z) - other
    return np.asarray(share - other + np.sign(z) * np.hypot(own, others))
