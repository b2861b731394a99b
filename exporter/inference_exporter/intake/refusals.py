"""Requests that were turned away before anything read their samples, each with its reason."""

from collections.abc import Mapping
from dataclasses import dataclass, field

# These exist at 0 from the start, so that the first refusal is an increase.
REFUSAL_REASONS = (
    "busy", "too_many_connections", "slow_headers", "slow_body", "request_timeout", "sender_gone", "bad_request",
    "too_large", "foreign_page", "unknown_host", "key_in_progress", "starting", "stopping", "worker_lost",
)  # fmt: skip


@dataclass(frozen=True)
class DoorTotals:
    """What the process that owns the sockets counted since its start, and what it holds now."""

    refused: Mapping[str, int] = field(default_factory=dict)
    """Requests by reason."""
    connections: int = 0
    buffered_bytes: int = 0
    worker_restarts: int = 0
