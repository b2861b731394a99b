"""Exact test of the share of values of a wrong type."""

from ...arrays import Floats
from ..hypergeometric import least_tail
from ._base import EvidenceTest, Facts, upper_pvalue


def _attainable(facts: Facts) -> Floats:
    together = facts.invalid.window + facts.invalid.reference
    return least_tail(together, facts.rare_values.window, facts.rare_values.reference)


TEST = EvidenceTest(
    "invalid",
    0.04,
    lambda facts: upper_pvalue(facts.invalid, facts.rare_values),
    lambda facts: facts.excess(facts.invalid, facts.rare_values),
    lambda thresholds: thresholds.share / 2,
    _attainable,
)
