"""Test of location: normal scores of the reference, which one far value cannot move."""

import numpy as np

from ...arrays import Floats
from ._base import EvidenceTest, Facts


def _effect(facts: Facts) -> Floats:
    return np.abs(facts.location.difference)


# A normal column that moves by d standard deviations has a PSI of d squared.
TEST = EvidenceTest(
    "location", 0.20, lambda facts: facts.location.pvalue, _effect, lambda thresholds: np.sqrt(thresholds.psi)
)
