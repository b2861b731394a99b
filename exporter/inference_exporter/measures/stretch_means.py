"""Test of a window's mean against how far the means of stretches stray, for windows worth a handful of rows."""

from typing import NamedTuple

import numpy as np

from ..arrays import Floats
from .special_functions import betaincinv, chdtri, stdtr

LEAST_FREEDOM = 9.0  # fewer stretches are not learned from
DOUBTED = 1e-6  # about what one test of one column may spend at one look at a short window


def doubt(stretches: float, chance: float = DOUBTED) -> float:
    """Return how many times as large a variance of few stretches must be taken in a normal tail.

    The tail then ends where Student's does, at the chance that one test may take (Student 1908). 1 if their number is
    unknown.
    """
    freedom = stretches - 1
    if freedom < LEAST_FREEDOM:
        return doubt(LEAST_FREEDOM + 1, chance) if stretches else 1.0
    beta = float(betaincinv(freedom / 2, 0.5, chance))  # of n / (n + t squared), for n degrees of freedom
    return freedom * (1 - beta) / beta / float(chdtri(1, chance))


class Stretches(NamedTuple):
    """How the means of stretches of the reference vary, shape (n_columns,)."""

    number: Floats
    """Independent stretches; 0 if unknown."""
    design: Floats
    """Number of values that vary as much as one independent value, as estimated."""


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
