"""Test of location: normal scores of the reference, which are robust against far values."""

import numpy as np

from ...arrays import Floats
from ._base import EvidenceInputs, EvidenceTest


def _effect(inputs: EvidenceInputs) -> Floats:
    return np.abs(inputs.location.difference)


def _limit(inputs: EvidenceInputs, z: float) -> Floats:
    return np.asarray(_effect(inputs) + z * np.sqrt(inputs.location.variance))


# A normal column that moves by d standard deviations has a PSI of d squared.
TEST = EvidenceTest(
    key="location",
    weight=0.20,
    title="a move up or down",
    sees="values moved up or down",
    statistic="normal scores, saddlepoint tail",
    matters=lambda effect: f"{effect:.3f} standard deviations",
    pvalue=lambda inputs: inputs.location.pvalue,
    effect=_effect,
    limit=_limit,
    threshold=lambda thresholds: np.sqrt(thresholds.psi),
)
