"""Exact test of the share of categories that the reference never saw."""

from ...batch import Floats
from ..hypergeometric import hypergeometric_tail
from ._base import EvidenceTest, Facts


def _pvalue(facts: Facts) -> Floats:
    kind = facts.unseen
    return hypergeometric_tail(kind.window, facts.rare_values.window, kind.reference, facts.rare_values.reference)


TEST = EvidenceTest(
    "unseen",
    0.07,
    _pvalue,
    lambda facts: facts.excess(facts.unseen, facts.rare_values),
    lambda thresholds: thresholds.share / 2,
)
