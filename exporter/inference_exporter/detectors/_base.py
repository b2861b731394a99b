"""What every detector is given, and what the monitor knows of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from ..arrays import Floats
from ..config.schema import ModelConfig, Window
from ..reference.grid import Grid, Located
from ..reference.traits import Trait
from ..samples.batch import Batch


@dataclass(frozen=True, eq=False)
class WatchedModel:
    """The model that a detector is made for; its reference is ``grid.reference``."""

    grid: Grid
    config: ModelConfig
    windows: tuple[Window, ...]


class Detector(Protocol):
    """State of one model beside its histograms. `add` and `view` run under the monitor's lock: they must be short."""

    def prepare(self, batch: Batch, located: Located) -> Any:
        """Return what `add` will need; the work that needs no state is done here, outside the lock."""

    def add(self, prepared: Any, times: Floats, now: float) -> None:
        """Take in samples that happened at `times` (shape (n,)); `now` is the event time reached."""

    def view(self, now: float) -> object:
        """Return what exposition and page may read, frozen."""


@dataclass(frozen=True)
class DetectorKind:
    """One kind of detector: `build` returns None where a model gives it nothing to watch."""

    key: str
    build: Callable[[WatchedModel], Detector | None]
    learns: tuple[Trait[Any], ...] = ()
    """What a reference holds for it beside the buckets."""
