"""Top-k accuracy."""

from ._base import ClassificationTotals, Estimate, Estimates, LabelledMeasure, Levels, ratio
from ._intervals import wilson


def top_k_accuracy(totals: ClassificationTotals, levels: Levels) -> Estimates:
    """Return, for each k, the share of outcomes among the k classes with the highest scores of their sample.

    Over samples with two scores or more. A class without a score is behind all others, and so is one whose score ties;
    no value for a k that every outcome would satisfy.

    References
    ----------
    Russakovsky et al. (2015), ImageNet Large Scale Visual Recognition Challenge, IJCV 115(3):211-252.
    """
    ranks = totals.ranks
    if ranks is None or not totals.scores:
        return {}
    n = int(ranks.sum())
    hits = {k: int(ranks[:k].sum()) for k in levels.top_k if k < len(totals.classes)}
    return {(str(k),): Estimate(ratio(hit, n), wilson(hit, n), n) for k, hit in hits.items()}


MEASURE = LabelledMeasure(
    key="top_k_accuracy_ratio",
    title="Top-k accuracy",
    help="Share of outcomes among the k classes with the highest scores.",
    labels=("k",),
    of=ClassificationTotals,
    compute=top_k_accuracy,
)
