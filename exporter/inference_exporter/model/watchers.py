"""Watchers: the detectors of one model; a fault in one of them costs that detector only."""

from collections.abc import Mapping
from typing import Any

from ..arrays import Floats
from ..config.schema import ModelConfig, Window
from ..detectors import WATCHERS
from ..detectors._base import Watched, Watcher
from ..failures import Failures
from ..reference.grid import Grid, Located
from ..samples.batch import Batch, ModelKey

PART = "detector"


class Watchers:
    """Everything that watches a model's samples beside its histograms. Guarded by the monitor's lock, but `prepare`.

    A detector that fails at a batch goes without it, one that fails to show itself is absent from that view; each
    failure is counted.
    """

    def __init__(
        self, grid: Grid, config: ModelConfig, windows: tuple[Window, ...], failures: Failures, key: ModelKey
    ) -> None:
        watched = Watched(grid, config, windows)
        self._failures, self._key = failures, key
        self._watchers: dict[str, Watcher] = {}
        for name, kind in WATCHERS.items():
            with failures.contained(PART, name, key):
                watcher = kind.build(watched)
                if watcher is not None:
                    self._watchers[name] = watcher

    def prepare(self, batch: Batch, located: Located) -> dict[str, Any]:
        """Return what each watcher will take in."""
        prepared = {}
        for name, watcher in self._watchers.items():
            with self._failures.contained(PART, name, self._key):
                prepared[name] = watcher.prepare(batch, located)
        return prepared

    def add(self, prepared: Mapping[str, Any], times: Floats, now: float) -> None:
        """Let each watcher take in what it has prepared."""
        for name, content in prepared.items():
            with self._failures.contained(PART, name, self._key):
                self._watchers[name].add(content, times, now)

    def view(self, now: float) -> dict[str, object]:
        """Return what each watcher shows."""
        shown = {}
        for name, watcher in self._watchers.items():
            with self._failures.contained(PART, name, self._key):
                shown[name] = watcher.view(now)
        return shown
