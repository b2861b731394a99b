"""Exact test of the share of numbers beyond the reference's extremes."""

from ._base import EvidenceTest, percent, upper_pvalue

TEST = EvidenceTest(
    key="out_of_range",
    weight=0.06,
    title="values out of range",
    sees="numbers beyond the reference's extremes",
    statistic="exact, against one value",
    matters=percent,
    pvalue=lambda inputs: upper_pvalue(inputs.out_of_range, inputs.rare_values),
    effect=lambda inputs: inputs.excess(inputs.out_of_range, inputs.rare_values),
    limit=lambda inputs, z: inputs.excess_limit(inputs.out_of_range, inputs.rare_values, z),
    threshold=lambda thresholds: thresholds.share / 2,
)
