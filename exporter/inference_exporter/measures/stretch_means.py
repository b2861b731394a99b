"""Test of a window's mean against how far the means of stretches stray, for windows worth a handful of rows."""

import numpy as np

from ..arrays import Floats
from .special_functions import stdtr


def either_pvalue(pvalue: Floats, deviation: Floats, stretches: Floats) -> Floats:
    """Return the p-value of a rank test or of a t-test against the stretches of the reference, whichever is smaller.

    Ranks of a window that is worth three independent rows can hardly prove anything, however far they are. But the
    spread of all the stretches of a reference is known as well as their number allows (Student 1908, Biometrika
    6(1):1-25). Each test may be the one that is wrong, so the smaller p-value counts twice (Bonferroni).

    Parameters
    ----------
    pvalue : ndarray of float, shape (n,)
        Of the rank test; NaN if it does not apply.
    deviation : ndarray of float, shape (n,)
        Of the window's mean, in standard deviations of the means of stretches.
    stretches : ndarray of float, shape (n,)
        Independent stretches that show this spread; with fewer than three, the rank test alone counts.

    Returns
    -------
    ndarray of float, shape (n,)
    """
    enough = (stretches >= 3) & np.isfinite(deviation)
    if not enough.any():
        return pvalue
    of_stretches = 2 * stdtr(np.where(enough, stretches, 3.0) - 1, -np.abs(np.where(enough, deviation, 0.0)))
    return np.where(enough, np.minimum(2 * np.minimum(pvalue, of_stretches), 1.0), pvalue)
