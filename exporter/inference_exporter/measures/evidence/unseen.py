"""Exact test of the share of categories that the reference never saw."""

from ...batch import Floats
from ..hypergeometric import hypergeometric_tail
from ._base import EvidenceTest, Facts


def _pvalue(facts: Facts) -> Floats:
    kind = facts.unseen
    return hypergeometric_tail(kind.window, facts.values.window, kind.reference, facts.values.reference)


TEST = EvidenceTest(
    "unseen", 0.10, _pvalue, lambda facts: facts.excess(facts.unseen), lambda thresholds: thresholds.share / 2
)
