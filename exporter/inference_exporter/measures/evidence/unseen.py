"""Exact test of the share of categories missing from the reference."""

from ...arrays import Floats
from ..hypergeometric import least_tail
from ._base import EvidenceInputs, EvidenceTest, percent, upper_pvalue


def _attainable(inputs: EvidenceInputs) -> Floats:
    # A reference that knows no rare category, and a window without a new one, cannot raise an alarm about them.
    together = inputs.unseen.window + inputs.unseen.reference
    return least_tail(together, inputs.rare_values.window, inputs.rare_values.reference)


TEST = EvidenceTest(
    key="unseen",
    weight=0.09,
    title="categories never seen before",
    sees="categories missing from the reference",
    statistic="exact, against categories that occur once",
    matters=percent,
    pvalue=lambda inputs: upper_pvalue(inputs.unseen, inputs.rare_values),
    effect=lambda inputs: inputs.excess(inputs.unseen, inputs.rare_values),
    limit=lambda inputs, z: inputs.excess_limit(inputs.unseen, inputs.rare_values, z),
    threshold=lambda thresholds: thresholds.share / 2,
    attainable=_attainable,
)
