"""Tail of the difference between two mean scores, accurate far out where the normal approximation fails.

At a significance of one in ten million a sum of 50 skewed scores is far from
normal. The saddlepoint approximation keeps its relative accuracy: it tilts the
distribution until its mean is the observed difference, and corrects from there
(Lugannani and Rice 1980, Adv. Appl. Probab. 12(2):475-490, in the form of
Barndorff-Nielsen 1991, Biometrika 78(3):557-563).
"""

import numpy as np

from ..arrays import Floats
from .special_functions import log_ndtr

ITERATIONS = 8  # of Newton's method, starting from the normal approximation, at most
SMALL = 2e-3  # after a step this small the error is its square, too small to change any relevant digit of a p-value
CLOSE = 0.05  # the tilt is good enough once the tilted mean is this close, in standard deviations
LEAST_EXPONENT = -700.0  # below this an exponential is 0, and slow


def two_sample_tail(
    scores: Floats,
    reference: Floats,
    window: Floats,
    difference: Floats | None = None,
    variance: Floats | None = None,
) -> Floats:
    """Return the probability of a difference at least as far from 0, in the same direction, if nothing drifted.

    Parameters
    ----------
    scores : ndarray of float, shape (n, n_cells)
        The score of each cell.
    reference, window : ndarray of float, shape (n, n_cells)
        Counts of both sides over the same cells; 0 to leave a cell out.
    difference, variance : ndarray of float, shape (n,), optional
        The window's mean score minus the reference's, and the variance of the scores of both sides, if finer cells than
        these give them: the variance that these cells hide is restored.

    Returns
    -------
    ndarray of float, shape (n,)
        Between 0 and 1, one-sided; 1 without a difference, NaN if a side is empty.

    Notes
    -----
    Both sides are treated as samples of the pooled distribution. A difference d
    between means of n and m scores has the cumulant generating function
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
            # A step at most halves or doubles t: far from the solution the curve is nearly flat.
            t = np.clip(t + (distance - slope) / curve, t / 2, t * 2)
            value, slope, curve = _cumulants(t, centred, shares, n, m)
            if not (np.abs(t - before) > SMALL * before).any():
                break
        w = np.sqrt(2 * np.maximum(t * distance - value, 0.0))
        corrected = w + np.log(t * np.sqrt(curve) / w) / w
        # Near the largest attainable difference no such tilt exists; Chernoff's bound holds for any tilt.
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
    """Return the log of a score's moment generating function at t, and the tilted mean and variance."""
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
