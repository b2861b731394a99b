"""What became of everything that was handed over."""

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
"""Why messages are dropped; docs/client.md explains each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """One kind of message at one moment.

    At any moment at which no call is under way,
    ``observed == acknowledged + rejected + sum(dropped.values()) + queued + in_flight``.
    """

    observed: int
    """Handed over by the caller."""
    acknowledged: int
    """Accepted by the exporter."""
    rejected: int
    """Refused by the exporter."""
    dropped: Mapping[str, int]
    """Given up before the exporter accepted them, by reason: one of `REASONS`."""
    queued: int
    """Waiting for the sender."""
    in_flight: int
    """Taken by the sender, and neither acknowledged nor given up yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics(Flow):
    """The flow of samples; of outcomes and events beside it; and how the sending goes."""

    outcomes: Flow
    events: Flow
    invalid_values: Mapping[str, int]
    """Values that could not be read, by field. Their samples are sent, with an invalid feature or without the value."""
    retries: int
    """Requests sent again."""
    last_error: str
    """The last thing that went wrong, empty when nothing did."""
