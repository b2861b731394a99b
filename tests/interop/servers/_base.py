"""A model server: how to install, start and ask it, and how what it did reaches the exporter."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from calls import Call, Post


@dataclass(frozen=True)
class Place:
    """Where a server runs."""

    python: Path
    folder: Path
    port: int
    logger_url: str
    """Where its logger posts to, if it has one."""

    @property
    def url(self) -> str:
        """The server's address."""
        return f"http://127.0.0.1:{self.port}"


@dataclass(frozen=True)
class Server:
    """One server under test."""

    key: str
    version: str
    packages: Sequence[str]
    format: str
    """The payload format that its traffic must be recognised as; empty if it sends our own samples: no capture."""
    way: str
    """How its traffic reaches the exporter, for the table."""
    train: str
    """A program that runs in its environment and folder, and leaves the model there."""
    command: Callable[[Place], Sequence[str | Path]]
    ready: str
    ask: Callable[[Place], Sequence[Call]]
    """Sends requests, the last of which the server refuses."""
    posts: Callable[[Place, Sequence[Call]], Sequence[Post]] | None = None
    """What is posted for the calls; without it, what its own logger posts."""
    files: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    settings: Callable[[Place], Mapping[str, str]] = lambda place: {}
    """Environment variables that depend on the place."""
    metrics: Callable[[Place], str] | None = None
    """The address of its Prometheus metrics."""
    logged: int = 0
    """Lines to wait for, of a server with a logger."""
    environment_of: str = ""
    """The environment that it shares with another server."""
    sends_ids: bool = True
    """Without ids, predictions cannot be joined either."""
    sends_errors: bool = True
    sends_latency: bool = True
    predictions: Callable[[Any], Sequence[Any]] = lambda response: response["predictions"]

    @property
    def name(self) -> str:
        """Name of environment and capture."""
        return f"{self.key}-{self.version}"
