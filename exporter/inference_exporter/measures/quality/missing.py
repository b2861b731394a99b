"""Share of missing values."""

from ...arrays import Floats
from ._base import QualityCounts, QualityMeasure


def missing_ratio(counts: QualityCounts) -> Floats:
    """Return the share of values that are null, NaN or absent, shape (n_columns,)."""
    return counts.ratio(counts.missing)


MEASURE = QualityMeasure(
    key="missing_ratio",
    title="Missing values",
    help="Share of the window's values that are missing (null, NaN or absent).",
    compute=missing_ratio,
    words="missing",
)
