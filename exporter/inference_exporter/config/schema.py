"""The configuration: frozen dataclasses with each default in one place and each rule next to its value."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from .challenger import ChallengerConfig
from .decisions import GuardrailConfig
from .durations import parse_duration
from .evaluation import EvaluationConfig
from .holidays import Holidays
from .inputs import InputsConfig
from .llm import LlmConfig
from .performance import PerformanceConfig
from .proxy import ProxyConfig
from .rules import Duration, FieldFault, Mode, Share, Size, require, require_pattern
from .slices import FairnessConfig, SliceConfig, WorstSlicesConfig
from .slo import SloConfig

# Each name becomes a label value on several families.
NAMES_AT_MOST = 50
SLICED_COLUMNS_AT_MOST = 10
HOLIDAYS_AT_MOST = 10_000
# Below this, the parts for outcomes and events (an eighth each) hold hardly anything.
MEMORY_AT_LEAST = 8 * 1024**2


class Window(NamedTuple):
    """A window of recent traffic; its name is the configured text and the ``window`` label."""

    name: str
    seconds: float


def parse_window(text: str) -> Window:
    """Return the window of a duration such as ``24h``."""
    return Window(text, parse_duration(text))


DEFAULT_WINDOWS = tuple(parse_window(text) for text in ("5m", "1h", "24h"))


@dataclass(frozen=True)
class WebConfig:
    """Listen address and limits of the HTTP server."""

    listen_address: str = "127.0.0.1:10800"
    unix_socket: Path | None = None
    # Only the exporter's user: whoever can connect may send samples and reload the configuration.
    unix_socket_mode: Mode = 0o600
    threads: int = 4
    max_body_size: Size = 64 * 1024**2
    # Two of the largest bodies may arrive at a time; others wait for their turn.
    max_buffered: Size = 128 * 1024**2
    max_connections: int = 10_000
    header_timeout: Duration = 10.0
    body_timeout: Duration = 30.0
    request_timeout: Duration = 60.0
    idle_timeout: Duration = 120.0
    drain_timeout: Duration = 10.0
    allowed_hosts: tuple[str, ...] = ()
    events_token_file: Path | None = None
    show_unknown_payloads: bool = False

    def __post_init__(self) -> None:
        _, colon, port = self.listen_address.rpartition(":")
        valid = bool(colon) and port.isdecimal() and 0 < int(port) < 65536
        require(valid, "listen_address", "HOST:PORT with a port from 1 to 65535", self.listen_address)
        require(1 <= self.threads <= 64, "threads", "a number from 1 to 64", self.threads)
        require(self.max_body_size > 0, "max_body_size", "a size above 0", self.max_body_size)
        least = f"at least web.max_body_size ({self.max_body_size})"
        require(self.max_buffered >= self.max_body_size, "max_buffered", least, self.max_buffered)
        require(self.max_connections >= 16, "max_connections", "at least 16", self.max_connections)
        for key in ("header_timeout", "body_timeout", "request_timeout", "idle_timeout", "drain_timeout"):
            require(getattr(self, key) > 0, key, "a duration above 0", getattr(self, key))
        for host in self.allowed_hosts:
            require(bool(host) and not set(host) & set("/:"), "allowed_hosts", "names without scheme and port", host)

    @cached_property
    def host_and_port(self) -> tuple[str, int]:
        """The address as a pair; an empty host means every interface."""
        host, _, port = self.listen_address.rpartition(":")
        return host.strip("[]") or "0.0.0.0", int(port)  # noqa: S104 - as ":10800" means in the Prometheus projects

    @cached_property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the address."""
        host, _ = self.host_and_port
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"


@dataclass(frozen=True)
class StorageConfig:
    """State that survives a restart, in `path`; without it nothing survives.

    `durability` says when something is acknowledged: `memory` once it is counted, `journal` once it is written
    (survives a killed process), `sync` once it is on the disk (survives a power failure); by default `journal`.
    """

    path: Path | None = None
    durability: Literal["memory", "journal", "sync"] | None = None
    max_size: Size = 4 * 1024**3
    on_fault: Literal["refuse", "memory"] = "refuse"

    def __post_init__(self) -> None:
        needs_path = self.durability in ("journal", "sync")
        require(not needs_path or self.path is not None, "durability", "storage.path beside it", self.durability)
        # Room for the journal between two snapshots.
        least = 64 * 1024**2
        require(self.max_size >= least, "max_size", f"at least {least} bytes", self.max_size)

    @property
    def mode(self) -> Literal["memory", "journal", "sync"]:
        """The durability in effect."""
        return self.durability or ("memory" if self.path is None else "journal")


@dataclass(frozen=True)
class LimitsConfig:
    """Hard limits, so that no sender can make the exporter grow without bound.

    `memory` is what all models together may hold besides their windows: half of it for predictions that wait for
    their outcome, a quarter for samples to learn from, an eighth for outcomes that wait for their prediction, and an
    eighth for events.
    """

    memory: Size = 256 * 1024**2
    models: int = 100
    features: int = 5000
    events: int = 200
    pending_outcomes: int = 100_000
    event_time_lead: Duration = 60.0  # clocks of hosts differ; a larger difference is a mistake, not skew

    def __post_init__(self) -> None:
        lead = self.event_time_lead
        require(0 <= lead <= 86400, "event_time_lead", "a duration of at most 1d", lead)
        require(self.memory >= MEMORY_AT_LEAST, "memory", f"at least {MEMORY_AT_LEAST} bytes", self.memory)
        for key in ("models", "features", "events", "pending_outcomes"):
            require(getattr(self, key) >= 1, key, "at least 1", getattr(self, key))

    @property
    def predictions_memory(self) -> int:
        """Bytes for predictions that wait for their outcome."""
        return self.memory // 2

    @property
    def learning_memory(self) -> int:
        """Bytes for samples that references will be learned from."""
        return self.memory // 4

    @property
    def early_outcomes_memory(self) -> int:
        """Bytes for outcomes that wait for their prediction."""
        return self.memory // 8

    @property
    def events_memory(self) -> int:
        """Bytes for the last events."""
        return self.memory // 8


@dataclass(frozen=True)
class LearningConfig:
    """How to learn a reference for a model without one: from the first samples, then frozen."""

    samples: int = 1000

    def __post_init__(self) -> None:
        require(50 <= self.samples <= 1_000_000, "samples", "a number from 50 to 1000000", self.samples)


def parse_measure(text: str) -> str:
    """Return the key of a drift measure.

    Raises
    ------
    ValueError
        If no measure has this key.
    """
    # Imported only if a configuration names measures: the process that owns the sockets works without numpy.
    from ..measures.drift import MEASURES

    if text not in MEASURES:
        raise ValueError(f"expected {' or '.join(MEASURES)}, got {text!r}")
    return text


MeasureKey = Annotated[str, parse_measure]
"""The key of a drift measure."""


@dataclass(frozen=True)
class DriftConfig:
    """When a feature counts as drifted: the change matters and exceeds what chance explains given the number of looks.

    `false_alarms_per_month` is the number of false alarms the model may raise in
    30 days, over all its features and windows; `baseline` is what windows are
    compared with; `holidays` are days that features may follow as they follow
    hours, weekdays and months.
    """

    threshold: float = 0.1
    share_threshold: Share = 0.02
    fewer_missing: bool = False
    false_alarms_per_month: float = 1.0
    minimum_samples: int = 50
    baseline: Literal["auto", "reference", "rolling", "hour_of_day", "day_of_week", "month_of_year"] = "auto"
    holidays: Holidays = ()
    rolling: Duration = 7 * 86400.0
    warm_up: Duration = 0.0
    measures: tuple[MeasureKey, ...] = ()

    def __post_init__(self) -> None:
        require(self.threshold > 0, "threshold", "a number above 0", self.threshold)
        require(0 < self.share_threshold < 1, "share_threshold", "a number between 0 and 1", self.share_threshold)
        # An upper bound against typing errors: 1000 a month are more than thirty a day, which nobody reads.
        rate = self.false_alarms_per_month
        require(0 < rate <= 1000, "false_alarms_per_month", "a number above 0, at most 1000", rate)
        require(self.minimum_samples >= 1, "minimum_samples", "at least 1", self.minimum_samples)
        require(self.rolling > 0, "rolling", "a duration above 0", self.rolling)
        require(
            len(self.holidays) <= HOLIDAYS_AT_MOST, "holidays", f"at most {HOLIDAYS_AT_MOST} days", len(self.holidays)
        )


# Vectors and texts are the kinds of package ``derived``; a test compares.
Kind = Literal["auto", "numeric", "categorical", "vector", "text"]


@dataclass(frozen=True)
class FeatureConfig:
    """Settings of one feature."""

    kind: Kind = "auto"
    ignore: bool = False
    threshold: float | None = None
    importance: float | None = None
    minimum: float | None = None
    maximum: float | None = None
    allowed: tuple[str, ...] = ()
    required: bool = False
    pattern: str | None = None

    def __post_init__(self) -> None:
        require(self.threshold is None or self.threshold > 0, "threshold", "a number above 0", self.threshold)
        of = self.importance
        require(of is None or 0 <= of < float("inf"), "importance", "a number, 0 or more", of)
        if self.minimum is not None and self.maximum is not None:
            require(self.minimum <= self.maximum, "maximum", f"at least {self.minimum}", self.maximum)
        if self.pattern is not None:
            require_pattern("pattern", self.pattern)


@dataclass(frozen=True)
class ProcessConfig:
    """How to find the model server's process: by one of these keys."""

    pid: int | None = None
    pid_file: Path | None = None
    port: int | None = None
    command: str | None = None
    cgroup: Path | None = None

    def __post_init__(self) -> None:
        given = [key for key in ("pid", "pid_file", "port", "command", "cgroup") if getattr(self, key) is not None]
        # At the second key, since the first one alone would be right.
        if len(given) > 1:
            raise FieldFault(given[1], f"expected one of pid, pid_file, port, command, cgroup, got {', '.join(given)}")
        require(self.pid is None or self.pid > 0, "pid", "a number above 0", self.pid)
        require(self.port is None or 0 < self.port < 65536, "port", "a port from 1 to 65535", self.port)
        if self.command is not None:
            require_pattern("command", self.command)

    @property
    def configured(self) -> bool:
        """Whether any way to find the process is given."""
        return any(value is not None for value in (self.pid, self.pid_file, self.port, self.command, self.cgroup))


@dataclass(frozen=True)
class OutcomesConfig:
    """How many predictions are remembered until their outcome comes, and how old they are when most have one."""

    remember: int = 100_000
    maturity: Duration = 0.0

    def __post_init__(self) -> None:
        require(self.remember >= 1, "remember", "at least 1", self.remember)


@dataclass(frozen=True)
class OutliersConfig:
    """Which samples count as outliers, which of them are kept to be looked at, and what names the source of a sample.

    `values` says which raw values are kept with them; without, only the ranges and categories that they fell into.
    """

    share: Share = 1e-3
    keep: int = 20
    values: Literal["none", "numeric", "all"] = "none"
    source_tags: tuple[str, ...] = ("client", "user", "source", "ip", "tenant")
    source_share: Share = 0.5

    def __post_init__(self) -> None:
        require(1e-6 <= self.share <= 0.01, "share", "a number from 0.000001 to 0.01", self.share)
        require(0 <= self.keep <= 1000, "keep", "a number from 0 to 1000", self.keep)
        require(len(self.source_tags) <= 10, "source_tags", "at most 10 tags", list(self.source_tags))
        require(0 < self.source_share <= 1, "source_share", "a number above 0, at most 1", self.source_share)


@dataclass(frozen=True)
class ModelConfig:
    """One model to watch; an unconfigured model that sends samples gets these defaults."""

    name: str = "default"
    version: str = "unversioned"
    variant: Literal["champion", "challenger", "shadow"] = "champion"
    framework: str = ""
    feature_names: tuple[str, ...] = ()
    reference: Path | None = None
    task: Literal["auto", "classification", "regression"] = "auto"
    learning: LearningConfig = field(default_factory=LearningConfig)
    drift: DriftConfig = field(default_factory=DriftConfig)
    features: Mapping[str, FeatureConfig] = field(default_factory=dict)
    slo: SloConfig = field(default_factory=SloConfig)
    process: ProcessConfig = field(default_factory=ProcessConfig)
    outcomes: OutcomesConfig = field(default_factory=OutcomesConfig)
    outliers: OutliersConfig = field(default_factory=OutliersConfig)
    performance: PerformanceConfig = field(default_factory=PerformanceConfig)
    llm: LlmConfig = field(default_factory=LlmConfig)
    actions: Mapping[str, str] = field(default_factory=dict)
    guardrails: Mapping[str, GuardrailConfig] = field(default_factory=dict)
    challenger: ChallengerConfig = field(default_factory=ChallengerConfig)
    metadata: Mapping[str, str] = field(default_factory=dict)
    slices: Mapping[str, SliceConfig] = field(default_factory=dict)
    worst_slices: WorstSlicesConfig = field(default_factory=WorstSlicesConfig)
    fairness: FairnessConfig = field(default_factory=FairnessConfig)

    def __post_init__(self) -> None:
        require(self.name != "", "name", "a name", self.name)
        require(self.version != "", "version", "a version", self.version)
        once = len(set(self.feature_names)) == len(self.feature_names) and "" not in self.feature_names
        require(once, "feature_names", "different names", self.feature_names)
        for key in ("actions", "guardrails", "metadata"):
            names = getattr(self, key)
            require(len(names) <= NAMES_AT_MOST and "" not in names, key, f"at most {NAMES_AT_MOST} names", len(names))

        require(len(self.slices) <= SLICED_COLUMNS_AT_MOST, "slices", f"at most {SLICED_COLUMNS_AT_MOST} columns",
                len(self.slices))  # fmt: skip


@dataclass(frozen=True)
class Config:
    """The whole configuration; ``Config()`` is what runs without a file."""

    web: WebConfig = field(default_factory=WebConfig)
    windows: tuple[Annotated[Window, parse_window], ...] = DEFAULT_WINDOWS
    storage: StorageConfig = field(default_factory=StorageConfig)
    evaluation: EvaluationConfig = field(default_factory=EvaluationConfig)
    limits: LimitsConfig = field(default_factory=LimitsConfig)
    inputs: InputsConfig = field(default_factory=InputsConfig)
    proxy: ProxyConfig = field(default_factory=ProxyConfig)
    models: tuple[ModelConfig, ...] = ()

    def __post_init__(self) -> None:
        names = [window.name for window in self.windows]
        lengths = [window.seconds for window in self.windows]
        require(len(names) > 0, "windows", "at least one duration", names)
        # Clocks of hosts do not agree to less than that.
        require(all(length >= 1 for length in lengths), "windows", "durations of 1s or more", names)
        require(len(set(lengths)) == len(lengths), "windows", "different durations", names)
        seen = [(m.name, m.version, m.variant) for m in self.models]
        # The same triple twice would be one model with two settings.
        twice = next((key for key in seen if seen.count(key) > 1), None)
        is_covered = self.storage.path is not None and self.storage.mode != "memory"
        beside = "storage.path with durability journal or sync beside evaluation.url"
        require(not self.evaluation.url or is_covered, "evaluation", beside, self.storage.mode)
        require(twice is None, "models", "each name, version and variant once", twice)
