"""Omnibus test of the whole histogram: any change of its shape."""

import numpy as np

from ...arrays import Floats
from ..drift import Comparison
from ..drift.population_stability import PSI, population_stability_debiased
from ..special_functions import chdtrc
from ._base import EvidenceInputs, EvidenceTest

# The likelihood ratio follows its chi-squared distribution far out, where Pearson's statistic with rare categories is
# off by orders of magnitude: in all measured cases it is off by a factor of 3.5 at most (docs/statistics.md).
ALLOWANCE = 4.0


def likelihood_ratio_pvalue(reference: Floats, window: Floats) -> Floats:
    """Return the probability of histograms at least this different if nothing drifted, slightly conservative.

    Parameters
    ----------
    reference, window : ndarray of float, shape (..., n_buckets)
        Raw counts over the same buckets; buckets that are empty on both sides do not count.

    Returns
    -------
    ndarray of float, shape (...)
        Between 0 and 1; NaN if a side is empty, 1 if one bucket holds everything.

    References
    ----------
    Wilks (1938), Ann. Math. Stat. 9(1):60-62.
    """
    n, m = window.sum(axis=-1), reference.sum(axis=-1)
    both = reference + window
    with np.errstate(divide="ignore", invalid="ignore"):
        pooled = both / (n + m)[..., np.newaxis]
        terms = _weighted_log(window, n, pooled) + _weighted_log(reference, m, pooled)
    freedom = np.count_nonzero(both, axis=-1) - 1
    pvalue = np.where(freedom > 0, chdtrc(np.maximum(freedom, 1), 2 * np.maximum(terms.sum(axis=-1), 0)), 1.0)
    return np.where((n > 0) & (m > 0), np.minimum(ALLOWANCE * pvalue, 1.0), np.nan)


def _weighted_log(counts: Floats, total: Floats, pooled: Floats) -> Floats:
    ratio = counts / (pooled * total[..., np.newaxis])
    return np.asarray(np.where(counts > 0, counts * np.log(np.where(counts > 0, ratio, 1.0)), 0.0))


def _pvalue(inputs: EvidenceInputs) -> Floats:
    design = inputs.design[..., np.newaxis]
    return likelihood_ratio_pvalue(inputs.comparison.reference / design, inputs.comparison.window / design)


def _effect(inputs: EvidenceInputs) -> Floats:
    comparison = inputs.comparison
    return population_stability_debiased(
        PSI.compute(comparison), comparison.n_buckets, comparison.noise * inputs.design
    )


def psi_variance(comparison: Comparison, design: Floats) -> Floats:
    """Return the variance of the PSI of a window against its reference.

    Parameters
    ----------
    comparison : Comparison
        Of counts over the buckets, shape (..., n_buckets).
    design : ndarray of float, shape (...)
        Number of values that carry as much information as one independent value.

    Notes
    -----
    To first order the PSI varies as its slopes in the shares times the noise of the shares (delta method: Bishop,
    Fienberg and Holland 1975, Discrete Multivariate Analysis, section 14.6). Near no change the slopes vanish, and the
    variance of its chi-squared distribution remains: 2 (B - 1) (1/n + 1/m)^2.
    """
    p, q, log = comparison.reference_shares, comparison.window_shares, comparison.log_ratio
    with np.errstate(divide="ignore", invalid="ignore"):
        of_window = log + np.where(q > 0, 1 - p / q, 0.0)
        of_reference = -log + np.where(p > 0, 1 - q / p, 0.0)
        first = _variance(of_window, q) / comparison.n_window + _variance(of_reference, p) / comparison.n_reference
        return np.asarray(first * design + 2 * (comparison.n_buckets - 1) * np.square(comparison.noise * design))


def _variance(values: Floats, shares: Floats) -> Floats:
    mean = np.einsum("...i,...i->...", shares, values)
    return np.asarray(np.einsum("...i,...i->...", shares, np.square(values)) - np.square(mean))


def _limit(inputs: EvidenceInputs, z: float) -> Floats:
    comparison, design = inputs.comparison, inputs.design
    excess = PSI.compute(comparison) - (comparison.n_buckets - 1) * comparison.noise * design
    return np.asarray(excess + z * np.sqrt(psi_variance(comparison, design)))


TEST = EvidenceTest(
    key="shape",
    weight=0.09,
    title="the histogram as a whole",
    sees="any change of the histogram",
    statistic="likelihood ratio of the buckets",
    matters=lambda effect: f"debiased PSI of {effect:g}",
    omnibus=True,
    pvalue=_pvalue,
    effect=_effect,
    limit=_limit,
    threshold=lambda thresholds: thresholds.psi,
)
