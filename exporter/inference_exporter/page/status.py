"""Status: what the exporter did with the records it received, and its configuration."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .. import __version__
from ..exposition.own import OwnState
from ..intake.unknown import UnknownPayload


@dataclass(frozen=True)
class SampleCounts:
    """Samples since the start; received = accepted + rejected + dropped."""

    received: int
    accepted: int
    rejected: int
    dropped: int
    rejected_by_reason: Mapping[str, int]
    dropped_by_reason: Mapping[str, int]


@dataclass(frozen=True)
class OutcomeCounts:
    """Outcomes since the start; `pending` outcomes wait for their prediction."""

    accepted: int
    rejected: int
    rejected_by_reason: Mapping[str, int]
    pending: int
    dropped: int


@dataclass(frozen=True)
class ConfigurationState:
    """The configuration in use; `fault` says why the last reload was refused, empty if it succeeded."""

    loaded_timestamp_seconds: float
    last_reload_successful: bool
    fault: str


@dataclass(frozen=True)
class StatusSummary:
    """State of the exporter."""

    version: str
    healthy: bool
    """No internal error dropped anything, and the last reload succeeded."""
    models: int
    samples: SampleCounts
    outcomes: OutcomeCounts
    events: int
    repeated_requests: int
    folded_label_values: int
    intake_lag_seconds: float
    unknown_payloads: Sequence[UnknownPayload]
    """The last payloads that could not be read, the newest first."""
    configuration: ConfigurationState


def status_of(own: OwnState) -> StatusSummary:
    """Return the summary of the exporter's state."""
    totals = own.totals
    by_reason: Counter[str] = Counter()
    # All formats together: the metrics have them apart.
    for (_, reason), number in totals.rejected.items():
        by_reason[reason] += number
    samples = SampleCounts(
        received=sum(totals.received.values()),
        accepted=sum(totals.accepted.values()),
        rejected=by_reason.total(),
        dropped=sum(totals.dropped.values()),
        rejected_by_reason=_met(by_reason),
        dropped_by_reason=_met(totals.dropped),
    )
    outcomes = OutcomeCounts(
        accepted=totals.outcomes,
        rejected=sum(totals.outcomes_rejected.values()),
        rejected_by_reason=_met(totals.outcomes_rejected),
        pending=own.pending_outcomes,
        dropped=own.dropped_outcomes,
    )
    return StatusSummary(
        version=__version__,
        # Rejected samples are the sender's fault and do not count; dropped ones are ours.
        healthy=samples.dropped == 0 and own.reload_successful,
        models=own.models,
        samples=samples,
        outcomes=outcomes,
        events=totals.events,
        repeated_requests=totals.repeated_requests,
        folded_label_values=own.folded_label_values,
        intake_lag_seconds=own.intake_lag_seconds,
        unknown_payloads=own.unknown_payloads,
        configuration=ConfigurationState(own.reload_timestamp, own.reload_successful, own.reload_fault),
    )


def _met(reasons: Mapping[str, int]) -> dict[str, int]:
    """Return the reasons that occurred, the most frequent first."""
    return {reason: number for reason, number in sorted(reasons.items(), key=lambda item: -item[1]) if number}
