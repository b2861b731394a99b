"""Test of scale: squared normal scores of the reference (Klotz 1962, Ann. Math. Stat. 33(2):498-512)."""

import numpy as np

from ...arrays import Floats
from ._base import EvidenceInputs, EvidenceTest

SMALLEST = 1e-3  # a constant window has no logarithm


def _effect(inputs: EvidenceInputs) -> Floats:
    """Return the absolute log of the ratio of standard deviations."""
    return np.asarray(np.abs(np.log(np.maximum(1 + inputs.scale.difference, SMALLEST))) / 2)


def _limit(inputs: EvidenceInputs, z: float) -> Floats:
    """Return the confidence limit of the effect, whose standard error is that of the ratio over twice the ratio."""
    ratio = np.maximum(1 + inputs.scale.difference, SMALLEST)
    return np.asarray(_effect(inputs) + z * np.sqrt(inputs.scale.variance) / (2 * ratio))


# A normal column whose standard deviation changes by a factor has a PSI of about twice the square of the factor's log.
TEST = EvidenceTest(
    key="scale",
    weight=0.08,
    title="a wider or narrower spread",
    sees="values spread more or less",
    statistic="squared normal scores, saddlepoint tail",
    matters=lambda effect: f"a factor of {np.exp(effect):.2f}",
    pvalue=lambda inputs: inputs.scale.pvalue,
    effect=_effect,
    limit=_limit,
    threshold=lambda thresholds: np.sqrt(thresholds.psi / 2),
)
