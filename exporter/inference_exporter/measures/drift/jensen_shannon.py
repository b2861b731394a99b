"""Jensen-Shannon distance."""

import math
from functools import lru_cache

import numpy as np

from ...arrays import Floats
from ._base import Comparison, DriftMeasure
from ._noise import mean_chi


def jensen_shannon(p: Floats, q: Floats, log_ratio: Floats) -> Floats:
    """Return the base-2 Jensen-Shannon distance of shares.

    Parameters
    ----------
    p, q : ndarray of float, shape (..., n_buckets)
        Shares over the same buckets.
    log_ratio : ndarray of float, shape (..., n_buckets)
        log(q / p), 0 where both are 0.

    Returns
    -------
    ndarray of float, shape (...)
        Between 0 (same shape) and 1 (no bucket in common); NaN if a side is empty.

    References
    ----------
    Lin (1991), IEEE Trans. Inf. Theory 37(1):145-151; the root is a metric:
    Endres and Schindelin (2003), ibid. 49(7):1858-1860.
    """
    # With m = (p + q) / 2: p log(p / m) + q log(q / m) = q log(q / p) - (p + q) log(m / p), where the last is
    # log((1 + q / p) / 2). One logarithm is shared with the other measures of shares.
    to_middle = np.log1p(np.exp(log_ratio)) - math.log(2)
    divergence = np.einsum("...i,...i->...", q, log_ratio) - np.einsum("...i,...i->...", p + q, to_middle)
    divergence /= 2
    # Rounding can leave a tiny negative number where the shares are equal.
    return np.asarray(np.sqrt(np.maximum(divergence, 0.0) / math.log(2)))


def _compute(comparison: Comparison) -> Floats:
    return jensen_shannon(comparison.reference_shares, comparison.window_shares, comparison.log_ratio)


def _floor(comparison: Comparison) -> Floats:
    # For small differences the divergence is an eighth of the population stability index.
    return mean_chi(comparison.n_buckets - 1) * np.sqrt(comparison.noise / (8 * math.log(2)))


@lru_cache(maxsize=1)
def _distances_of_shifts() -> tuple[Floats, Floats]:
    """Return shifts of a normal distribution with variance 1, and the distance that belongs to each."""
    shifts, x = np.linspace(0.0, 10.0, 201), np.linspace(-9.0, 19.0, 2801)
    density = np.exp(-np.square(x) / 2) / np.sqrt(2 * np.pi)
    # By symmetry log(p / m) of the one and log(q / m) of the other have the same integral, so one serves both.
    excess = shifts[:, np.newaxis] * (x - shifts[:, np.newaxis] / 2)
    divergence = (density * (math.log(2) - np.logaddexp(0.0, excess))).sum(axis=1) * (x[1] - x[0])
    return shifts, np.sqrt(np.maximum(divergence, 0.0) / math.log(2))


def _shift_of(distance: Floats) -> Floats:
    shifts, distances = _distances_of_shifts()
    return np.asarray(np.interp(distance, distances, shifts))


MEASURE = DriftMeasure(
    key="js_distance",
    title="JS distance",
    help="Jensen-Shannon distance (base 2) of the window from the reference, 0 to 1.",
    formula="Jensen-Shannon distance, base 2: the root of the mean divergence from (p + q) / 2",
    source="Lin 1991",
    compute=_compute,
    range="0 to 1",
    floor=_floor,
    shift_of=_shift_of,
)
