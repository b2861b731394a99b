"""What the proxy's process reports about itself."""

import bisect
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# The buckets of the exporter's other durations, from a health check to a streamed answer.
BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
FAILURE_REASONS = ("copying", "watching")
DROP_REASONS = ("busy", "not_json", "refused", "too_large")


@dataclass
class Durations:
    """A histogram of durations; the last count is of those above all bounds."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    total_seconds: float = 0.0

    def add(self, seconds: float) -> None:
        """Count a duration."""
        # "left": a bound belongs to its bucket, as `le` says.
        self.counts[bisect.bisect_left(BOUNDS, seconds)] += 1
        self.total_seconds += seconds


@dataclass
class ProxyTotals:
    """Counts since the start of the proxy's process."""

    requests: Counter[str] = field(default_factory=Counter)
    """By status code; `unanswered` without one."""
    first_byte: Durations = field(default_factory=Durations)
    last_byte: Durations = field(default_factory=Durations)
    connections: int = 0
    bytes_up: int = 0
    bytes_down: int = 0
    copies: int = 0
    copied_bytes: int = 0
    """Bytes of copies that wait."""
    dropped: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(DROP_REASONS, 0)))
    failures: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(FAILURE_REASONS, 0)))
    """Faults of ours, by part; the bytes went through all the same."""
    upstream_errors: int = 0
    """Requests that the upstream did not answer, or not completely."""

    def report(self) -> dict[str, Any]:
        """Return the totals as JSON can hold them."""
        # Not asdict: it makes something else of a Counter.
        return {name: _plain(value) for name, value in vars(self).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Durations):
        return vars(value)
    return dict(value) if isinstance(value, Counter) else value


def totals_of(report: Mapping[str, Any]) -> ProxyTotals:
    """Return the totals of a report."""
    known = dict(report)
    for name in ("first_byte", "last_byte"):
        known[name] = Durations(**known[name])
    for name in ("requests", "dropped", "failures"):
        known[name] = Counter(known[name])
    return ProxyTotals(**known)
