"""The input of every data quality measure, and the class of a measure itself."""

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np

from ...arrays import Floats


@dataclass(frozen=True, eq=False)
class QualityCounts:
    """Values of each column by fault, shape (n_columns,); NaN if the column cannot have the fault."""

    total: Floats
    missing: Floats
    invalid: Floats
    unseen: Floats
    out_of_range: Floats

    def rounded(self) -> "QualityCounts":
        """Return whole numbers; the counts of a mixture of parts have fractions."""
        return QualityCounts(**{field.name: np.rint(getattr(self, field.name)) for field in fields(self)})

    def ratio(self, part: Floats) -> Floats:
        """Return a part as a share of all values; NaN without values."""
        with np.errstate(invalid="ignore"):
            return np.asarray(part / self.total)  # 0 / 0 is NaN: unknown


@dataclass(frozen=True)
class QualityMeasure:
    """One measure: `key` ends the metric name ``model_feature_…``."""

    key: str
    title: str
    """The measure's name on the page, in dashboards and in tables."""
    help: str
    compute: Callable[[QualityCounts], Floats]
    words: str
    """The fault, as an adjective for a sentence."""
