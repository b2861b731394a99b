"""Exact test of the share of values of a wrong type."""

from ...arrays import Floats
from ..hypergeometric import least_tail
from ._base import EvidenceTest, Facts, percent, upper_pvalue


def _attainable(facts: Facts) -> Floats:
    together = facts.invalid.window + facts.invalid.reference
    return least_tail(together, facts.rare_values.window, facts.rare_values.reference)


TEST = EvidenceTest(
    key="invalid",
    weight=0.04,
    title="values of a wrong type",
    sees="values of a wrong type",
    statistic="exact (Fisher)",
    matters=percent,
    pvalue=lambda facts: upper_pvalue(facts.invalid, facts.rare_values),
    effect=lambda facts: facts.excess(facts.invalid, facts.rare_values),
    threshold=lambda thresholds: thresholds.share / 2,
    attainable=_attainable,
)
