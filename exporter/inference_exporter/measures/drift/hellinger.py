"""Hellinger distance."""

import numpy as np

from ...arrays import Floats
from ._base import Comparison, DriftMeasure
from ._noise import mean_chi


def hellinger(p: Floats, q: Floats) -> Floats:
    """Return the Hellinger distance of shares.

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
    Hellinger (1909), J. reine angew. Math. 136:210-271.
    """
    return np.asarray(np.sqrt(np.square(np.sqrt(p) - np.sqrt(q)).sum(axis=-1) / 2))


def _compute(comparison: Comparison) -> Floats:
    return hellinger(comparison.reference_shares, comparison.window_shares)


MEASURE = DriftMeasure(
    key="hellinger_distance",
    title="Hellinger distance",
    help="Hellinger distance of the window from the reference, 0 to 1.",
    formula="√(1 − Σ √(p q))",
    source="Hellinger 1909",
    compute=_compute,
    range="0 to 1",
    # For small differences its square is an eighth of the population stability index.
    floor=lambda comparison: mean_chi(comparison.n_buckets - 1) * np.sqrt(comparison.noise / 8),
    shift_of=lambda distance: np.sqrt(-8 * np.log1p(-np.square(distance))),
)
