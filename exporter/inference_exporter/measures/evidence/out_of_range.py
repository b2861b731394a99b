"""Exact test of the share of numbers beyond the reference's extremes."""

from ...batch import Floats
from ..hypergeometric import hypergeometric_tail
from ._base import EvidenceTest, Facts


def _pvalue(facts: Facts) -> Floats:
    kind = facts.out_of_range
    return hypergeometric_tail(kind.window, facts.rare_values.window, kind.reference, facts.rare_values.reference)


TEST = EvidenceTest(
    "out_of_range",
    0.06,
    _pvalue,
    lambda facts: facts.excess(facts.out_of_range, facts.rare_values),
    lambda thresholds: thresholds.share / 2,
)
