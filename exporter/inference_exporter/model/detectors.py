"""The detectors of one model; a fault in one costs that detector only."""

from collections.abc import Mapping
from typing import Any

from ..arrays import Floats
from ..config.schema import ModelConfig, Window
from ..detectors import DETECTORS
from ..detectors._base import Detector, Looking, WatchedModel
from ..failures import Failures
from ..reference.grid import Grid, Located
from ..samples.batch import Batch, ModelKey

PART = "detector"


class Detectors:
    """Everything that watches samples besides the histograms. Guarded by the monitor's lock, except `prepare`.

    A detector that fails on a batch skips it, and one that fails to give its view is absent from the model's view;
    every failure is counted.
    """

    def __init__(
        self, grid: Grid, config: ModelConfig, windows: tuple[Window, ...], failures: Failures, key: ModelKey
    ) -> None:
        watched = WatchedModel(grid, config, windows)
        self._failures, self._key = failures, key
        self._detectors: dict[str, Detector] = {}
        for name, kind in DETECTORS.items():
            with failures.contained(PART, name, key):
                detector = kind.build(watched)
                if detector is not None:
                    self._detectors[name] = detector
        # Looking is a protocol: detectors without looks of their own change with samples only.
        self._looking = [detector for detector in self._detectors.values() if isinstance(detector, Looking)]

    def prepare(self, batch: Batch, located: Located) -> dict[str, Any]:
        """Return the input of each detector's `add`."""
        prepared = {}
        for name, detector in self._detectors.items():
            with self._failures.contained(PART, name, self._key):
                prepared[name] = detector.prepare(batch, located)
        return prepared

    def add(self, prepared: Mapping[str, Any], times: Floats, now: float) -> None:
        """Pass to each detector what it has prepared."""
        # Only what was prepared: a detector that failed above skips the batch instead of seeing half of it.
        for name, content in prepared.items():
            with self._failures.contained(PART, name, self._key):
                self._detectors[name].add(content, times, now)

    def __len__(self) -> int:
        """Return their number."""
        return len(self._detectors)

    def is_due(self, now: float) -> bool:
        """Return whether a view would change one of them, without any new sample."""
        return any(detector.is_due(now) for detector in self._looking)

    def view(self, now: float) -> dict[str, object]:
        """Return the view of each detector."""
        shown = {}
        for name, detector in self._detectors.items():
            with self._failures.contained(PART, name, self._key):
                shown[name] = detector.view(now)
        return shown
