"""Share of values of a wrong type."""

from ...arrays import Floats
from ._base import QualityCounts, QualityMeasure


def invalid_ratio(counts: QualityCounts) -> Floats:
    """Return the share of values that are not a finite number (or not a category), shape (n_columns,)."""
    return counts.ratio(counts.invalid)


MEASURE = QualityMeasure(
    key="invalid_ratio",
    title="Invalid values",
    help="Share of the window's values that are not a finite number, or not a category.",
    compute=invalid_ratio,
    words="invalid",
)
