"""Exact tests of two shares: how likely the window's successes are if both sides have the same share.

Given the successes of both sides together, the number in the window follows
the hypergeometric distribution, whatever the share is (Fisher 1935, J. R. Stat.
Soc. 98(1):39-82). `scipy.stats` gives the same, one column at a time and at the
price of 0.8 s and 90 MB at start; this is one call for all columns.

Point probabilities follow Loader (2000), Fast and accurate computation of
binomial probabilities: deviances keep the digits that differences between log
gammas of millions would lose.
"""

from typing import NamedTuple

import numpy as np

from ..arrays import Floats
from .special_functions import gammaln, xlog1py

LOG_SQRT_TAU = 0.5 * np.log(2 * np.pi)
NEGLIGIBLE = 1e-13  # remainder of a tail, relative to its sum, at which the summation stops
FIRST_BLOCK, GREATEST_BLOCK = 32, 1024


class TailChances(NamedTuple):
    """Probabilities of at least and of at most as many successes as observed, shape (...)."""

    upper: Floats
    lower: Floats


def hypergeometric_tail(
    successes_window: Floats, n_window: Floats, successes_reference: Floats, n_reference: Floats
) -> Floats:
    """Return the probability of at least as many successes in the window if both sides have the same share.

    Parameters
    ----------
    successes_window, n_window, successes_reference, n_reference : ndarray of float, shape (...)
        Whole numbers: successes and size of either side. They broadcast.

    Returns
    -------
    ndarray of float, shape (...)
        Between 0 and 1, with a relative error of about 1e-10; NaN if a side is empty or unknown.
    """
    # Without successes, as in most columns, the tail is 1 and needs no summation.
    certain = (np.asarray(successes_window) == 0) & (np.minimum(n_window, n_reference) > 0)
    certain &= np.asarray(successes_reference) >= 0
    some = np.where(certain, np.nan, successes_window)
    return np.where(certain, 1.0, tails(some, n_window, successes_reference, n_reference).upper)


def least_tail(successes: Floats, n: Floats, n_other: Floats) -> Floats:
    """Return the smallest possible upper tail of n out of n + n_other: that of all successes, or as many as fit.

    Parameters
    ----------
    successes, n, n_other : ndarray of float, shape (...)
        Whole numbers: successes of both sides together, and the size of either side. They broadcast.
    """
    most = np.minimum(successes, n)
    return hypergeometric_tail(most, n, successes - most, n_other)


def two_sided(successes_window: Floats, n_window: Floats, successes_reference: Floats, n_reference: Floats) -> Floats:
    """Return twice the smaller tail, at most 1: the p-value of the hypothesis of equal shares."""
    upper, lower = tails(successes_window, n_window, successes_reference, n_reference)
    return np.asarray(np.minimum(2 * np.minimum(upper, lower), 1.0))


def tails(successes_window: Floats, n_window: Floats, successes_reference: Floats, n_reference: Floats) -> TailChances:
    """Return both tails; parameters as for `hypergeometric_tail`."""
    given = np.broadcast_arrays(successes_window, n_window, successes_reference, n_reference)
    shape = given[0].shape
    k, n, k_reference, m = (np.ravel(values).astype(np.float64) for values in given)
    known = (n > 0) & (m > 0) & (k >= 0) & (k_reference >= 0)
    beyond, chance = np.full((2, len(k)), np.nan)
    # Without any success, as in most columns, only one outcome is possible.
    no_success = known & (k + k_reference == 0)
    beyond[no_success] = chance[no_success] = 1.0
    known &= ~no_success
    if not known.any():
        return TailChances(beyond.reshape(shape), chance.reshape(shape))
    # Sum the tail that leads away from the mean; the other one is the complement. Failures of one side are successes of
    # the other.
    above = k * m >= k_reference * n
    k, k_reference = np.where(above, k, n - k), np.where(above, k_reference, m - k_reference)
    k, n, k_reference, m = (values[known] for values in (k, n, k_reference, m))
    chance[known] = _chance(k, n, k_reference, m)
    beyond[known] = np.minimum(chance[known] * _tail_in_units_of_its_first(k, n, k_reference, m), 1.0)
    rest = np.clip(1.0 - beyond + chance, 0.0, 1.0)
    upper, lower = np.where(above, beyond, rest), np.where(above, rest, beyond)
    return TailChances(upper.reshape(shape), lower.reshape(shape))


def _tail_in_units_of_its_first(k: Floats, n: Floats, k_reference: Floats, m: Floats) -> Floats:
    """Return the sum of the probabilities of k, k + 1, … over that of k, shape (n,), for k not below the mean."""
    totals, terms = np.ones_like(k), np.ones_like(k)
    open_places, done, width = np.flatnonzero((k < n) & (k_reference > 0)), 0, FIRST_BLOCK
    while len(open_places):
        a, b, c, d = (values[open_places, np.newaxis] for values in (k_reference, n - k, k, m - k_reference))
        steps = np.arange(done, done + width)
        ratios = np.maximum(a - steps, 0.0) * np.maximum(b - steps, 0.0) / ((c + 1.0 + steps) * (d + 1.0 + steps))
        last = ratios[:, -1].copy()
        products = np.multiply.accumulate(ratios, axis=1, out=ratios)
        products *= terms[open_places, np.newaxis]
        totals[open_places] += products.sum(axis=1)
        terms[open_places] = products[:, -1]
        # Ratios fall, so the remainder is smaller than a geometric series.
        left = products[:, -1] * last
        open_places = open_places[left > NEGLIGIBLE * totals[open_places] * (1.0 - last)]
        done, width = done + width, min(2 * width, GREATEST_BLOCK)
    return totals


def _chance(k: Floats, n: Floats, k_reference: Floats, m: Floats) -> Floats:
    """Return the hypergeometric probability of exactly k out of n, given k + k_reference out of n + m."""
    successes, total = k + k_reference, n + m
    parts = _log_binomial(np.stack([k, n - k, n]), np.stack([successes, total - successes, total]), n / total)
    return np.asarray(np.exp(parts[0] + parts[1] - parts[2]))


def _log_binomial(k: Floats, n: Floats, share: Floats) -> Floats:
    """Return the log of the binomial probability of k out of n."""
    rest = n - k
    inner = (k > 0) & (rest > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        errors = _stirling_error(np.stack([n, k, rest]))
        size = errors[0] - errors[1] - errors[2]
        spread = 0.5 * np.log(n / (k * rest)) - LOG_SQRT_TAU
        deviance = _deviance(k, n * share) + _deviance(rest, n * (1.0 - share))
        at_the_end = n * np.log(np.where(k > 0, share, 1.0 - share))
    return np.where(inner, size + spread - deviance, np.where(n > 0, at_the_end, 0.0))


def _deviance(x: Floats, mean: Floats) -> Floats:
    """Return x log(x / mean) - (x - mean), without losing digits if both are close."""
    gap = x - mean
    return np.asarray(xlog1py(x, gap / mean) - gap)


def _stirling_error(n: Floats) -> Floats:
    """Return log n! minus Stirling's formula."""
    safe = np.maximum(n, 16.0)
    square = safe * safe
    series = (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - 1 / 1188 / square) / square) / square) / square) / safe
    few = n < 16
    small = np.maximum(n[few], 1e-300)
    series[few] = gammaln(small + 1.0) - (small + 0.5) * np.log(small) + small - LOG_SQRT_TAU
    return np.asarray(series)
