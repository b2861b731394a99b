"""Exact test of the share of categories missing from the reference."""

from ._base import EvidenceTest, percent, upper_pvalue

TEST = EvidenceTest(
    key="unseen",
    weight=0.07,
    title="categories never seen before",
    sees="categories missing from the reference",
    statistic="exact, against categories that occur once",
    matters=percent,
    pvalue=lambda inputs: upper_pvalue(inputs.unseen, inputs.rare_values),
    effect=lambda inputs: inputs.excess(inputs.unseen, inputs.rare_values),
    limit=lambda inputs, z: inputs.excess_limit(inputs.unseen, inputs.rare_values, z),
    threshold=lambda thresholds: thresholds.share / 2,
)
