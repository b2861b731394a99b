"""What watches a model's samples beside its histograms, one watcher a file; each line below registers one."""

from ..registry import table_of
from ._base import WatcherKind

WATCHERS = table_of(WatcherKind, vars())
