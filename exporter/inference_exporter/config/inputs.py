"""Where samples come from besides HTTP."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from .rules import Size, require

STDIN = Path("-")
MEGABYTE = 1024**2


@dataclass(frozen=True)
class FileConfig:
    """Files to follow: a path, a pattern, or a folder; ``-`` is standard input."""

    path: Path = STDIN
    format: Literal["auto", "ndjson", "csv", "json", "parquet"] = "auto"

    @property
    def is_stdin(self) -> bool:
        """Whether it is standard input."""
        return self.path == STDIN


@dataclass(frozen=True)
class KafkaConfig:
    """Topics to read as a member of a consumer group."""

    brokers: str = "127.0.0.1:9092"
    topics: tuple[str, ...] = ("inferences",)
    group: str = "inference-exporter"
    options_file: Path | None = None

    def __post_init__(self) -> None:
        require(self.brokers != "", "brokers", "HOST:PORT, or several with commas", self.brokers)
        require(len(self.topics) > 0 and all(self.topics), "topics", "at least one topic", list(self.topics))
        require(self.group != "", "group", "a name", self.group)


@dataclass(frozen=True)
class InputsConfig:
    """Ways in besides HTTP."""

    files: tuple[FileConfig, ...] = field(default_factory=tuple)
    read_rate: Size = 16 * MEGABYTE
    kafka: tuple[KafkaConfig, ...] = field(default_factory=tuple)

    @property
    def reads_stdin(self) -> bool:
        """Whether standard input is one of them."""
        return any(each.is_stdin for each in self.files)

    def __post_init__(self) -> None:
        require(self.read_rate >= MEGABYTE, "read_rate", "at least 1MB a second", self.read_rate)
        paths = [each.path for each in self.files]
        # Two followers of one file would count each line twice.
        twice = next((str(path) for path in paths if paths.count(path) > 1), None)
        require(twice is None, "files", "each path once", twice)


def keeping_stdin(config: InputsConfig, earlier: InputsConfig) -> InputsConfig:
    """Return a configuration that reads standard input if the earlier one did, since no file turns the flag off."""
    if config.reads_stdin or not earlier.reads_stdin:
        return config
    return replace(config, files=(*config.files, FileConfig()))
