"""Exact test of the share of values of a wrong type."""

from ...batch import Floats
from ..hypergeometric import hypergeometric_tail, least_tail
from ._base import EvidenceTest, Facts


def _pvalue(facts: Facts) -> Floats:
    kind = facts.invalid
    return hypergeometric_tail(kind.window, facts.values.window, kind.reference, facts.values.reference)


def _attainable(facts: Facts) -> Floats:
    together = facts.invalid.window + facts.invalid.reference
    return least_tail(together, facts.values.window, facts.values.reference)


TEST = EvidenceTest(
    "invalid",
    0.06,
    _pvalue,
    lambda facts: facts.excess(facts.invalid),
    lambda thresholds: thresholds.share / 2,
    _attainable,
)
