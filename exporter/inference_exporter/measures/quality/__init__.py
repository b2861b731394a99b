"""The data quality measures, one a file; each line registers one. Imports `arrays` and below."""

from ...registry import table_of
from ._base import QualityCounts, QualityMeasure
from .invalid import MEASURE as INVALID
from .missing import MEASURE as MISSING
from .out_of_range import MEASURE as OUT_OF_RANGE
from .unseen import MEASURE as UNSEEN

__all__ = ["MEASURES", "QualityCounts"]

MEASURES = table_of(QualityMeasure, vars())
