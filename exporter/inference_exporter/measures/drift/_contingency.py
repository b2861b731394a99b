"""Pearson's statistic of the table of window and reference by bucket."""

import numpy as np

from ...arrays import Floats


def chi_squared(reference: Floats, window: Floats) -> tuple[Floats, Floats]:
    """Return the statistic of the test of homogeneity and its degrees of freedom.

    Parameters
    ----------
    reference, window : ndarray of float, shape (..., n_buckets)
        Raw counts over the same buckets. Buckets that are empty on both sides do not count.
    """
    n_reference, n_window = reference.sum(axis=-1), window.sum(axis=-1)
    both = reference + window
    with np.errstate(divide="ignore", invalid="ignore"):
        # For two rows of a table the statistic is sum of (a*N_b - b*N_a)^2 / ((a+b) N_a N_b).
        terms = np.square(window * n_reference[..., np.newaxis] - reference * n_window[..., np.newaxis]) / both
        statistic = np.where(both > 0, terms, 0.0).sum(axis=-1) / (n_reference * n_window)
    return statistic, np.asarray(np.count_nonzero(both, axis=-1) - 1, dtype=np.float64)
