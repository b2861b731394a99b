"""What watches a model's samples beside its histograms, one watcher a file; each line below registers one."""

from ..registry import table_of
from ._base import WatcherKind
from .attributions import KIND as ATTRIBUTIONS
from .event_times import KIND as EVENT_TIMES
from .joint import KIND as JOINT
from .newcomers import KIND as NEWCOMERS
from .outliers import KIND as OUTLIERS
from .renames import KIND as RENAMES
from .repeats import KIND as REPEATS
from .sources import KIND as SOURCES
from .units import KIND as UNITS
from .values import KIND as VALUES

WATCHERS = table_of(WatcherKind, vars())
