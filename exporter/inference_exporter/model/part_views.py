"""Frozen views of traffic and performance."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..arrays import Counts
from .concept_drift import ConceptDriftView
from .coverage import CoverageView
from .error_check import CheckedErrors
from .estimate_check import CheckedWindow
from .outcomes import JoinStatistics


@dataclass(frozen=True)
class Exemplar:
    """A request that represents its latency bucket."""

    trace_id: str
    seconds: float
    timestamp: float


@dataclass(frozen=True, eq=False)
class LatencyHistogram:
    """A Prometheus histogram: `counts` has one more value than `bounds`, for durations beyond the last."""

    bounds: tuple[float, ...]
    counts: Counts
    total_seconds: float
    exemplars: Mapping[int, Exemplar] = field(default_factory=dict)


@dataclass(frozen=True)
class SloView:
    """One service level: its objective, and events and good events since the start."""

    objective: float
    events: int
    good_events: int


@dataclass(frozen=True, eq=False)
class TrafficView:
    """Requests and samples since the start."""

    requests: Mapping[int, int]
    """Requests by HTTP status."""
    latency: LatencyHistogram
    stages: Mapping[str, LatencyHistogram]
    slos: Mapping[str, SloView]
    first_time: float
    """Event time of the earliest sample, NaN before the first."""
    last_sample: float
    """Arrival of the last sample as Unix time, NaN before the first."""
    late_samples: int
    """Samples that arrived too late for the shortest window."""
    rewound_samples: int
    """Samples that left the windows because the clock was set back."""


@dataclass(frozen=True, eq=False)
class PerformanceView:
    """Outcomes since the start."""

    outcomes: JoinStatistics
    delays: LatencyHistogram
    confusion: Mapping[tuple[str, str], int]
    last_outcome: float = float("nan")
    """Arrival of the last outcome that found its prediction as Unix time, NaN before the first."""
    coverage: CoverageView = field(default_factory=CoverageView)
    matured_dropped: int = 0
    """Outcomes that the windows by time of prediction lack, because too many waited for them."""
    concept: ConceptDriftView | None = None
    """None if the reference has no performance to compare with."""
    checks: Mapping[str, CheckedWindow] | Mapping[str, CheckedErrors] = field(default_factory=dict)
    """By window, estimated performance beside the truth; empty if it is not estimated."""
