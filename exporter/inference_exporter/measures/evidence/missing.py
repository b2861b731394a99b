"""Exact test of the share of missing values."""

import numpy as np

from ...arrays import Floats
from ..hypergeometric import least_tail, tails
from ._base import EvidenceInputs, EvidenceTest, percent

UPWARD = 0.95  # of the test's significance: more missing values are the usual fault, fewer usually a repair


def missing_pvalue(missing: Floats, n: Floats, missing_reference: Floats, m: Floats) -> Floats:
    """Return the p-value of a share of missing values at least this far from the reference's.

    Parameters
    ----------
    missing, n, missing_reference, m : ndarray of float, shape (...)
        Missing values and all values, of the window and of the reference.

    References
    ----------
    Fisher (1935), J. R. Stat. Soc. 98(1):39-82.
    """
    upper, lower = tails(missing, n, missing_reference, m)
    return np.asarray(np.minimum(np.minimum(upper / UPWARD, lower / (1 - UPWARD)), 1.0))


def _pvalue(inputs: EvidenceInputs) -> Floats:
    return missing_pvalue(
        inputs.missing.window, inputs.values.window, inputs.missing.reference, inputs.values.reference
    )


def _limit(inputs: EvidenceInputs, z: float) -> Floats:
    """Return the confidence limit of the change, whichever its direction."""
    more = inputs.excess(inputs.missing, inputs.values) >= 0
    upward, downward = (inputs.excess_limit(inputs.missing, inputs.values, side) for side in (z, -z))
    return np.where(more, upward, -downward)


def _attainable(inputs: EvidenceInputs) -> Floats:
    together = inputs.missing.window + inputs.missing.reference
    upward = least_tail(together, inputs.values.window, inputs.values.reference) / UPWARD
    downward = least_tail(together, inputs.values.reference, inputs.values.window) / (1 - UPWARD)
    return np.asarray(np.minimum(np.minimum(upward, downward), 1.0))


TEST = EvidenceTest(
    key="missing",
    weight=0.45,
    title="the share of missing values",
    sees="more, or fewer, missing values",
    statistic="exact (Fisher), 95 % of it upward",
    matters=percent,
    pvalue=_pvalue,
    effect=lambda inputs: np.abs(inputs.excess(inputs.missing, inputs.values)),
    limit=_limit,
    threshold=lambda thresholds: thresholds.share,
    attainable=_attainable,
)
