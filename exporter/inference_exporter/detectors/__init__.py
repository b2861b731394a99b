"""Everything that watches samples besides the histograms; each line registers one. Imports `verdict` and below."""

from ..registry import table_of
from ._base import DetectorKind
from .attributions.watch import KIND as ATTRIBUTIONS
from .estimated_errors.watch import KIND as ESTIMATED_ERRORS
from .estimated_performance.watch import KIND as ESTIMATED_PERFORMANCE
from .event_times.watch import KIND as EVENT_TIMES
from .multivariate.watch import KIND as JOINT
from .near_duplicates.watch import KIND as REPEATS
from .new_categories.watch import KIND as NEWCOMERS
from .outliers.watch import KIND as OUTLIERS
from .renames.watch import KIND as RENAMES
from .sources.watch import KIND as SOURCES
from .units.watch import KIND as UNITS
from .values.watch import KIND as VALUES

DETECTORS = table_of(DetectorKind, vars())
