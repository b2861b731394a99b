"""Exact test of the share of values of a wrong type."""

from ...arrays import Floats
from ..hypergeometric import least_tail
from ._base import EvidenceInputs, EvidenceTest, percent, upper_pvalue


def _attainable(inputs: EvidenceInputs) -> Floats:
    together = inputs.invalid.window + inputs.invalid.reference
    return least_tail(together, inputs.rare_values.window, inputs.rare_values.reference)


TEST = EvidenceTest(
    key="invalid",
    weight=0.04,
    title="values of a wrong type",
    sees="values of a wrong type",
    statistic="exact (Fisher)",
    matters=percent,
    pvalue=lambda inputs: upper_pvalue(inputs.invalid, inputs.rare_values),
    effect=lambda inputs: inputs.excess(inputs.invalid, inputs.rare_values),
    limit=lambda inputs, z: inputs.excess_limit(inputs.invalid, inputs.rare_values, z),
    threshold=lambda thresholds: thresholds.share / 2,
    attainable=_attainable,
)
