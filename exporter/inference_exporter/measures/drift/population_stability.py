"""Population stability index, raw and debiased, and its p-value."""

import numpy as np

from ...arrays import Floats
from ..special_functions import chdtrc
from ._base import Comparison, DriftMeasure
from ._noise import mean_excess


def population_stability(p: Floats, q: Floats, log_ratio: Floats) -> Floats:
    """Return the population stability index of shares, the symmetric Kullback-Leibler divergence.

    Parameters
    ----------
    p, q : ndarray of float, shape (..., n_buckets)
        Smoothed shares over the same buckets.
    log_ratio : ndarray of float, shape (..., n_buckets)
        log(q / p), 0 where both are 0.

    Returns
    -------
    ndarray of float, shape (...)
        From 0, in nats; NaN if a side is empty. If the mean of a normal feature
        shifts by d standard deviations, the index is about d squared.

    References
    ----------
    Jeffreys (1946), Proc. R. Soc. A 186:453-461; in credit scoring: Siddiqi (2006), Credit Risk Scorecards.
    """
    return np.asarray(np.einsum("...i,...i->...", q - p, log_ratio))


def population_stability_debiased(psi: Floats, n_buckets: Floats, noise: Floats) -> Floats:
    """Return PSI minus its expectation without drift, at least 0.

    Parameters
    ----------
    psi, n_buckets, noise : ndarray of float, shape (...)
        The index, its number of buckets B, and 1/n + 1/m.

    Notes
    -----
    Without drift PSI / (1/n + 1/m) follows a chi-squared distribution with B - 1
    degrees of freedom, whose mean is B - 1.

    References
    ----------
    Yurdakul and Naranjo (2020), Journal of Risk Model Validation 14(4).
    """
    # Without drift PSI is about noise times a chi-squared variable of B − 1 degrees of freedom.
    return np.maximum(psi - (n_buckets - 1) * noise, 0.0)


def _psi(comparison: Comparison) -> Floats:
    return population_stability(comparison.reference_shares, comparison.window_shares, comparison.log_ratio)


PSI = DriftMeasure(
    key="psi",
    title="PSI",
    help="Population stability index of the window against the reference, smoothed, in nats.",
    formula="population stability index: Σ (q − p) log(q / p)",
    source="Jeffreys 1946",
    compute=_psi,
    floor=lambda comparison: (comparison.n_buckets - 1) * comparison.noise,
    shift_of=np.sqrt,  # exact without buckets: for two normals of one variance the divergence is d^2
)


def _psi_debiased(comparison: Comparison) -> Floats:
    return population_stability_debiased(_psi(comparison), comparison.n_buckets, comparison.noise)


PSI_DEBIASED = DriftMeasure(
    key="psi_debiased",
    title="Debiased PSI",
    help="Population stability index minus what sampling noise alone adds on average, at least 0.",
    formula="PSI minus (B − 1)(1/n + 1/m), at least 0",
    source="Yurdakul and Naranjo 2020",
    compute=_psi_debiased,
    floor=lambda comparison: mean_excess(comparison.n_buckets - 1) * comparison.noise,
    shift_of=np.sqrt,
)


def population_stability_pvalue(psi: Floats, n_buckets: Floats, noise: Floats) -> Floats:
    """Return the probability of an index at least this large if nothing drifted.

    Parameters
    ----------
    psi, n_buckets, noise : ndarray of float, shape (...)
        The index, its number of buckets B, and 1/n + 1/m.

    Returns
    -------
    ndarray of float, shape (...)
        Between 0 and 1; NaN if a side is empty.

    References
    ----------
    Yurdakul and Naranjo (2020), Journal of Risk Model Validation 14(4): chi-squared with B - 1 degrees of freedom.
    """
    return np.asarray(chdtrc(np.maximum(np.asarray(n_buckets) - 1, 1), psi / noise))


PSI_PVALUE = DriftMeasure(
    key="psi_pvalue",
    title="PSI p-value",
    help="Probability of a population stability index at least this large if nothing had drifted.",
    formula="tail probability of PSI: chi-squared with B − 1 degrees of freedom",
    source="Yurdakul and Naranjo 2020",
    compute=lambda comparison: population_stability_pvalue(_psi(comparison), comparison.n_buckets, comparison.noise),
    range="0 to 1",
    neutral=1.0,
)
