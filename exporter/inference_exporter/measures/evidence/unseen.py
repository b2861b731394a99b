"""Exact test of the share of categories that the reference never saw."""

from ._base import EvidenceTest, upper_pvalue

TEST = EvidenceTest(
    "unseen",
    0.07,
    lambda facts: upper_pvalue(facts.unseen, facts.rare_values),
    lambda facts: facts.excess(facts.unseen, facts.rare_values),
    lambda thresholds: thresholds.share / 2,
)
