"""Kullback-Leibler divergence."""

import numpy as np

from ...arrays import Floats
from ._base import Comparison, DriftMeasure


def kullback_leibler(q: Floats, log_ratio: Floats) -> Floats:
    """Return the Kullback-Leibler divergence of the window from the reference.

    Parameters
    ----------
    q : ndarray of float, shape (..., n_buckets)
        Smoothed shares of the window.
    log_ratio : ndarray of float, shape (..., n_buckets)
        log(q / p), with p the shares of the reference; 0 where both are 0.

    Returns
    -------
    ndarray of float, shape (...)
        From 0, in nats; NaN if a side is empty. Not symmetric: a bucket that only the window fills weighs more than one
        that only the reference fills.

    References
    ----------
    Kullback and Leibler (1951), Ann. Math. Stat. 22(1):79-86. Without drift, 2 n times the divergence of a window of n
    samples follows a chi-squared distribution: Wilks (1938), ibid. 9(1):60-62.
    """
    # Rounding can leave a tiny negative number where the shares are equal.
    return np.asarray(np.maximum(np.einsum("...i,...i->...", q, log_ratio), 0.0))


def _compute(comparison: Comparison) -> Floats:
    return kullback_leibler(comparison.window_shares, comparison.log_ratio)


MEASURE = DriftMeasure(
    key="kl_divergence",
    title="KL divergence",
    help="Kullback-Leibler divergence of the window from the reference, smoothed, in nats.",
    formula="Kullback-Leibler divergence: Σ q log(q / p)",
    source="Kullback and Leibler 1951",
    compute=_compute,
    floor=lambda comparison: (comparison.n_buckets - 1) * comparison.noise / 2,
    shift_of=lambda divergence: np.sqrt(2 * divergence),
)
