"""Counts of received, accepted, rejected and dropped samples, outcomes and events, which always add up."""

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from ..decode import FORMATS
from ..samples.rejections import Rejections

NATIVE_FORMATS = ("json", "ndjson")
"""Formats of our own samples. Each reason is at 0 from the start; for other formats, once one has been seen."""
# Series start at 0, so that `increase()` sees the first rejection.
REJECTION_REASONS = (
    *dict.fromkeys(reason for wire_format in FORMATS.values() for reason in wire_format.reasons),
    "not_an_object", "invalid_field", "invalid_columns", "not_supported", "unreadable",
    "too_large", "too_many_models", "unknown_payload", "unreadable_payload",
    "worker_died",
)  # fmt: skip
DROP_REASONS = ("internal_error",)


@dataclass(frozen=True)
class Totals:
    """Counts since the start. Received samples are accepted, rejected or dropped, each with its reason."""

    received: Mapping[str, int]
    """Samples by wire format."""
    accepted: Mapping[str, int]
    """Samples by wire format."""
    rejected: Mapping[tuple[str, str], int]
    """Samples by wire format and reason."""
    dropped: Mapping[str, int]
    """Samples by reason: valid, but lost."""
    outcomes: int
    outcomes_rejected: Mapping[str, int]
    events: int
    events_rejected: Mapping[str, int]
    repeated_requests: int
    refused_requests: Mapping[str, int]
    """Requests by reason, in addition to those that the front refused."""


class Accounting:
    """The counters behind Totals; each method holds the lock only briefly."""

    # A replay does not see requests that were refused or repeated: these counters start at 0 with each process.
    BUILT = ("_refused", "_repeated")

    def __init__(self, formats: Sequence[str]) -> None:
        self._lock = threading.Lock()
        self._received = Counter(dict.fromkeys(formats, 0))
        self._accepted = Counter(dict.fromkeys(formats, 0))
        self._rejected: Counter[tuple[str, str]] = Counter()
        for wire_format in NATIVE_FORMATS:
            self._begin(wire_format)
        self._dropped = Counter(dict.fromkeys(DROP_REASONS, 0))
        self._outcomes = 0
        self._outcomes_rejected = Counter(dict.fromkeys((*REJECTION_REASONS, "wrong_kind"), 0))
        self._events = 0
        self._events_rejected = Counter(dict.fromkeys(REJECTION_REASONS, 0))
        self._repeated = 0
        self._refused: Counter[str] = Counter()

    def _begin(self, wire_format: str) -> None:
        self._rejected.update(dict.fromkeys(product((wire_format,), REJECTION_REASONS), 0))

    def samples(self, wire_format: str, accepted: int, rejected: Rejections, dropped: int = 0) -> None:
        """Count samples of one block of a request; dropped ones were lost to a bug of the exporter."""
        with self._lock:
            # All reasons of a format at once: a series that appears later would hide its first increase.
            if (wire_format, REJECTION_REASONS[0]) not in self._rejected:
                self._begin(wire_format)
            # The sum rather than a counter of its own, so that received always adds up.
            self._received[wire_format] += accepted + len(rejected) + dropped
            self._accepted[wire_format] += accepted
            for reason, number in rejected.counts.items():
                self._rejected[wire_format, reason] += number
            self._dropped["internal_error"] += dropped

    def outcomes(self, accepted: int, rejected: Rejections) -> None:
        """Count outcomes of one block of a request."""
        with self._lock:
            self._outcomes += accepted
            self._outcomes_rejected.update(rejected.counts)

    def events(self, accepted: int, rejected: Rejections) -> None:
        """Count events of one block of a request."""
        with self._lock:
            self._events += accepted
            self._events_rejected.update(rejected.counts)

    def repeated_request(self) -> None:
        """Count a request whose key was known, answered from memory."""
        with self._lock:
            self._repeated += 1

    def refused_request(self, reason: str) -> None:
        """Count a request refused before its samples were read."""
        with self._lock:
            self._refused[reason] += 1

    def totals(self) -> Totals:
        """Return a consistent snapshot of all counts."""
        with self._lock:
            return Totals(
                received=dict(self._received),
                accepted=dict(self._accepted),
                rejected=dict(self._rejected),
                dropped=dict(self._dropped),
                outcomes=self._outcomes,
                outcomes_rejected=dict(self._outcomes_rejected),
                events=self._events,
                events_rejected=dict(self._events_rejected),
                repeated_requests=self._repeated,
                refused_requests=dict(self._refused),
            )
