"""The interface between detectors and the monitor."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from ..arrays import Floats
from ..config.schema import ModelConfig, Window
from ..reference.grid import Grid, Located
from ..reference.traits import Trait
from ..samples.batch import Batch


@dataclass(frozen=True, eq=False)
class WatchedModel:
    """The model to watch; its reference is ``grid.reference``."""

    grid: Grid
    config: ModelConfig
    windows: tuple[Window, ...]


class Detector(Protocol):
    """A model's state besides its histograms. `add` and `view` run under the monitor's lock, so they must be short."""

    def prepare(self, batch: Batch, located: Located) -> Any:
        """Return the input of `add`; work that needs no state happens here, outside the lock."""

    def add(self, prepared: Any, times: Floats, now: float) -> None:
        """Add samples with event times `times` (shape (n,)); `now` is the current event time."""

    def view(self, now: float) -> object:
        """Return a frozen view for exposition and page."""


@runtime_checkable
class Looking(Protocol):
    """A detector whose view may change its state, because it looks at a window when time has passed."""

    def is_due(self, now: float) -> bool:
        """Return whether a view at `now` would look at a window. Samples are as they were at the last view."""


@dataclass(frozen=True)
class DetectorKind:
    """One kind of detector: `build` returns None for a model without anything to watch."""

    key: str
    build: Callable[[WatchedModel], Detector | None]
    learns: tuple[Trait[Any], ...] = ()
    """The part of a reference that belongs to it, besides the buckets."""
