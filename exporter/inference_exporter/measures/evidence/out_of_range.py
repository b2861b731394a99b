"""Exact test of the share of numbers beyond the reference's extremes."""

from ._base import EvidenceTest, upper_pvalue

TEST = EvidenceTest(
    "out_of_range",
    0.06,
    lambda facts: upper_pvalue(facts.out_of_range, facts.rare_values),
    lambda facts: facts.excess(facts.out_of_range, facts.rare_values),
    lambda thresholds: thresholds.share / 2,
)
