"""Statistics: how many messages were accepted, rejected, dropped or are pending."""

from collections.abc import Mapping
from dataclasses import dataclass

REASONS = (
    "queue_full",
    "too_large",
    "unreadable",
    "length_mismatch",
    "server_error",
    "failed",
    "closed",
    "disabled",
)
"""Reasons for dropping messages; docs/client.md explains each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Counters of one kind of message.

    Whenever no call is in progress,
    ``observed == acknowledged + rejected + sum(dropped.values()) + queued + in_flight``.
    """

    observed: int
    """Reported by the caller."""
    acknowledged: int
    """Accepted by the exporter."""
    rejected: int
    """Rejected by the exporter."""
    dropped: Mapping[str, int]
    """Dropped before the exporter accepted them, by reason (one of `REASONS`)."""
    queued: int
    """Waiting for the sender."""
    in_flight: int
    """Taken by the sender, not yet acknowledged or dropped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics(Flow):
    """Counters of samples, outcomes and events, and the state of the sender."""

    outcomes: Flow
    events: Flow
    invalid_values: Mapping[str, int]
    """Unreadable values, by field. Their samples are sent, with an invalid feature or without the value."""
    spooled: int
    """Messages on disk, those that earlier processes left included; of this process they count as in flight."""
    retries: int
    """Retried requests."""
    last_error: str
    """The last error, empty if there was none."""
