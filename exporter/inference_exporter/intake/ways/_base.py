"""What every way in besides HTTP has: a thread that reads, and numbers about it."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

from ...config.inputs import InputsConfig
from ...failures import Failures
from ..feed import Feed

STALLED_SECONDS = 60.0  # a way in that has not finished a turn for so long no longer reads


class Number(NamedTuple):
    """A number about a way in, by the values of its labels."""

    name: str
    help: str
    kind: Literal["counter", "gauge"]
    labels: Sequence[str]
    values: Mapping[tuple[str, ...], float]


class Running(Protocol):
    """A way in at work."""

    def run(self, stop: threading.Event) -> None:
        """Read until told to stop."""

    def reconfigure(self, config: InputsConfig) -> None:
        """Read what a new configuration names."""

    def numbers(self) -> Sequence[Number]:
        """Return what to show on /metrics."""

    def working(self, now: float) -> Mapping[str, bool]:
        """Return whether each configured source can be read at this time of the monotonic clock."""


@dataclass(frozen=True)
class Surroundings:
    """What a way in gets from the application."""

    feed: Feed
    give_way: Callable[[], None]
    failures: Failures
    storage: Path | None
    """Where positions are kept."""


@dataclass(frozen=True)
class Way:
    """A way in: `build` makes it, whether or not the configuration uses it."""

    key: str
    build: Callable[[InputsConfig, Surroundings], Running]
