"""Exact test of the share of missing values."""

import numpy as np

from ...arrays import Floats
from ..hypergeometric import least_tail, tails
from ._base import EvidenceInputs, EvidenceTest, percent

UPWARD = 0.95  # of the test's significance, if fewer missing values count as drift as well: more are the usual fault


def missing_pvalue(missing: Floats, n: Floats, missing_reference: Floats, m: Floats, fewer: bool = False) -> Floats:
    """Return the p-value of a share of missing values at least this far above the reference's.

    Parameters
    ----------
    missing, n, missing_reference, m : ndarray of float, shape (...)
        Missing values and all values, of the window and of the reference.
    fewer : bool
        Whether a share below the reference's counts as well.

    References
    ----------
    Fisher (1935), J. R. Stat. Soc. 98(1):39-82.
    """
    upper, lower = tails(missing, n, missing_reference, m)
    return _of_both(upper, lower) if fewer else upper


def _of_both(upper: Floats, lower: Floats) -> Floats:
    return np.asarray(np.minimum(np.minimum(upper / UPWARD, lower / (1 - UPWARD)), 1.0))


def _pvalue(inputs: EvidenceInputs) -> Floats:
    missing, values = inputs.missing, inputs.values
    return missing_pvalue(missing.window, values.window, missing.reference, values.reference, inputs.fewer_missing)


def _effect(inputs: EvidenceInputs) -> Floats:
    excess = inputs.excess(inputs.missing, inputs.values)
    return np.abs(excess) if inputs.fewer_missing else excess


def _limit(inputs: EvidenceInputs, z: float) -> Floats:
    """Return the confidence limit of the change, whichever direction counts."""
    upward, downward = (inputs.excess_limit(inputs.missing, inputs.values, side) for side in (z, -z))
    more = inputs.excess(inputs.missing, inputs.values) >= 0
    return np.where(more, upward, -downward) if inputs.fewer_missing else upward


def _attainable(inputs: EvidenceInputs) -> Floats:
    together = inputs.missing.window + inputs.missing.reference
    upward = least_tail(together, inputs.values.window, inputs.values.reference)
    if not inputs.fewer_missing:
        return upward
    return _of_both(upward, least_tail(together, inputs.values.reference, inputs.values.window))


TEST = EvidenceTest(
    key="missing",
    # Its part of a column's significance: missing values are the most frequent fault of pipelines.
    weight=0.44,
    title="the share of missing values",
    sees="more missing values",
    statistic="exact (Fisher), upward",
    matters=percent,
    pvalue=_pvalue,
    effect=_effect,
    limit=_limit,
    threshold=lambda thresholds: thresholds.share,
    attainable=_attainable,
)
