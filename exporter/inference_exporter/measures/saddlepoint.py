"""Tail of the difference of two means of scores, accurate far out where the normal law is not.

A significance of one in ten million is far beyond where a sum of 50 skewed
scores looks normal. The saddlepoint approximation keeps its relative accuracy
there: it tilts the distribution until the difference that was seen is its
mean, and corrects from there (Lugannani and Rice 1980, Adv. Appl. Probab.
12(2):475-490, in the form of Barndorff-Nielsen 1991, Biometrika
78(3):557-563).
"""

import numpy as np

from ..arrays import Floats
from .special_functions import log_ndtr

ITERATIONS = 8  # of Newton's method from the normal law's guess, at most
SMALL = 2e-3  # a step this small leaves an error of its square, which changes no digit of a p-value that counts
CLOSE = 0.05  # standard deviations of the tilted mean within which the tilt is good enough
LEAST_EXPONENT = -700.0  # below this an exponential is 0, and slow


def two_sample_tail(
    scores: Floats,
    reference: Floats,
    window: Floats,
    difference: Floats | None = None,
    variance: Floats | None = None,
) -> Floats:
    """Return the chance of a difference of means at least as far from 0, on its own side, where nothing drifted.

    Parameters
    ----------
    scores : ndarray of float, shape (n, n_cells)
        The score of each cell.
    reference, window : ndarray of float, shape (n, n_cells)
        Counts of both sides over the same cells; 0 where a cell takes no part.
    difference, variance : ndarray of float, shape (n,), optional
        The window's mean score less the reference's, and the variance of the scores of both sides, where finer cells
        than these tell them: what these cells hide of the variance is given back.

    Returns
    -------
    ndarray of float, shape (n,)
        Between 0 and 1, of one side; 1 where there is no difference, NaN where a side is empty.

    Notes
    -----
    Both sides are taken as samples of what they make together. A difference d
    of means of n and m scores has the cumulant generating function
    n K(t / n) + m K(-t / m), with K that of a single score.
    """
    n, m = (side.sum(axis=-1, keepdims=True) for side in (window, reference))
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = (window + reference) / (n + m)
        centred = scores - (shares * scores).sum(axis=-1, keepdims=True)
        within = (shares * np.square(centred)).sum(axis=-1, keepdims=True)
        if variance is not None:
            centred *= np.sqrt(variance[:, np.newaxis] / within)
            within = variance[:, np.newaxis]
        if difference is None:
            difference = ((window / n - reference / m) * scores).sum(axis=-1)
        side, distance = np.sign(difference)[:, np.newaxis], np.abs(difference)[:, np.newaxis]
        t = distance / (within * (1 / n + 1 / m))
        centred = centred * side
        value, slope, curve = _cumulants(t, centred, shares, n, m)
        for _ in range(ITERATIONS):
            before = t
            # A step never more than halves or doubles: far from the solution the curve is nearly flat.
            t = np.clip(t + (distance - slope) / curve, t / 2, t * 2)
            value, slope, curve = _cumulants(t, centred, shares, n, m)
            if not (np.abs(t - before) > SMALL * before).any():
                break
        w = np.sqrt(2 * np.maximum(t * distance - value, 0.0))
        corrected = w + np.log(t * np.sqrt(curve) / w) / w
        # Near the end of what scores can reach there is no such tilt; Chernoff's bound holds at any.
        reached = np.abs(distance - slope) <= CLOSE * np.sqrt(curve)
        tail = np.where(reached, np.exp(log_ndtr(-corrected)), np.exp(-np.square(w) / 2))
    known = (n > 0) & (m > 0)
    tail = np.where(distance > 0, np.where(np.isfinite(tail), tail, 1.0), 1.0)
    return np.where(known, np.minimum(tail, 1.0), np.nan)[:, 0]


def _cumulants(t: Floats, centred: Floats, shares: Floats, n: Floats, m: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the cumulant generating function of the difference at t, and its first two derivatives."""
    first = _tilted(t / n, centred, shares)
    second = _tilted(-t / m, centred, shares)
    return (
        n * first[0] + m * second[0],
        first[1] - second[1],
        first[2] / n + second[2] / m,
    )


def _tilted(t: Floats, centred: Floats, shares: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the log of the moment generating function of a score at t, and mean and variance tilted by it."""
    exponents = t * centred
    greatest = exponents.max(axis=-1, keepdims=True)
    exponents -= greatest
    np.maximum(exponents, LEAST_EXPONENT, out=exponents)
    weights = np.exp(exponents, out=exponents)
    weights *= shares
    total = weights.sum(axis=-1, keepdims=True)
    weights *= centred
    mean = weights.sum(axis=-1, keepdims=True) / total
    square = np.einsum("ij,ij->i", weights, centred)[:, np.newaxis] / total
    return np.log(total) + greatest, mean, square - np.square(mean)
