"""Share of numbers beyond the reference's extremes."""

from ...arrays import Floats
from ._base import QualityCounts, QualityMeasure


def out_of_range_ratio(counts: QualityCounts) -> Floats:
    """Return the share of numbers below the reference's minimum or above its maximum; NaN for categories."""
    return counts.ratio(counts.out_of_range)


MEASURE = QualityMeasure(
    key="out_of_range_ratio",
    title="Values out of range",
    help="Share of the window's values below the reference's minimum or above its maximum.",
    compute=out_of_range_ratio,
    words="out of range",
)
