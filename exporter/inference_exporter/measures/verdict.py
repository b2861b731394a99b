"""The verdict: an effect over the threshold, and more than sampling noise.

Without drift PSI / (1/n + 1/m) follows a chi-squared law with B - 1 degrees
of freedom, so the index that chance alone exceeds with a given probability is
known for any number of samples. A column counts as drifted where its debiased
index reaches the threshold (the change matters) and the raw index reaches
that critical value (the change is no accident). The significance is divided
among the features of the model (Bonferroni); prediction and scores are judged as strictly as one feature.
"""

import numpy as np
from scipy.special import chdtri

from ..batch import Floats


def critical_population_stability(n_buckets: Floats, noise: Floats, significance: float, n_columns: int) -> Floats:
    """Return the index that clean windows exceed with a chance of significance / n_columns.

    Parameters
    ----------
    n_buckets, noise : ndarray of float, shape (...)
        Buckets of each column and 1/n + 1/m.
    significance : float
        Chance that any column of a clean window exceeds its critical value.
    n_columns : int
        Columns among which the significance is divided.
    """
    quantile = chdtri(np.maximum(np.asarray(n_buckets) - 1, 1), significance / max(n_columns, 1))
    return np.asarray(quantile * noise)


def drifted(psi: Floats, psi_debiased: Floats, critical: Floats, threshold: Floats) -> Floats:
    """Return 1 where a column drifted, 0 where it did not, NaN where it is unknown; shape (...)."""
    verdict = (psi_debiased >= threshold) & (psi >= critical)
    return np.where(np.isnan(psi) | np.isnan(critical), np.nan, verdict.astype(np.float64))
