"""Jensen-Shannon distance."""

import math

import numpy as np
from scipy.special import rel_entr

from ...batch import Floats
from ._base import DriftMeasure


def jensen_shannon(p: Floats, q: Floats) -> Floats:
    """Return the base-2 Jensen-Shannon distance of shares.

    Parameters
    ----------
    p, q : ndarray of float, shape (..., n_buckets)
        Shares over the same buckets.

    Returns
    -------
    ndarray of float, shape (...)
        Between 0 (same shape) and 1 (no bucket in common); NaN where a side is empty.

    References
    ----------
    Lin (1991), IEEE Trans. Inf. Theory 37(1):145-151; the root is a metric:
    Endres and Schindelin (2003), ibid. 49(7):1858-1860.
    """
    middle = (p + q) / 2
    divergence = (rel_entr(p, middle) + rel_entr(q, middle)).sum(axis=-1) / 2
    # Rounding can leave a tiny negative number where the shares are equal.
    return np.asarray(np.sqrt(np.maximum(divergence, 0.0) / math.log(2)))


MEASURE = DriftMeasure(
    key="js_distance",
    help="Jensen-Shannon distance (base 2) of the window from the reference, 0 to 1.",
    compute=lambda comparison: jensen_shannon(comparison.reference_shares, comparison.window_shares),
)
