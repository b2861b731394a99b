"""Share of categories missing from the reference."""

from ...arrays import Floats
from ._base import QualityCounts, QualityMeasure


def unseen_ratio(counts: QualityCounts) -> Floats:
    """Return the share of never-seen categories, shape (n_columns,); NaN for numeric columns."""
    return counts.ratio(counts.unseen)


MEASURE = QualityMeasure(
    key="unseen_ratio",
    title="Categories never seen before",
    help="Share of the window's values that are categories missing from the reference.",
    compute=unseen_ratio,
    words="never seen before",
)
