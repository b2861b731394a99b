"""Exact test of the share of values of a wrong type."""

from ...batch import Floats
from ..hypergeometric import hypergeometric_tail, least_tail
from ._base import EvidenceTest, Facts


def _pvalue(facts: Facts) -> Floats:
    kind = facts.invalid
    return hypergeometric_tail(kind.window, facts.rare_values.window, kind.reference, facts.rare_values.reference)


def _attainable(facts: Facts) -> Floats:
    together = facts.invalid.window + facts.invalid.reference
    return least_tail(together, facts.rare_values.window, facts.rare_values.reference)


TEST = EvidenceTest(
    "invalid",
    0.04,
    _pvalue,
    lambda facts: facts.excess(facts.invalid, facts.rare_values),
    lambda thresholds: thresholds.share / 2,
    _attainable,
)
