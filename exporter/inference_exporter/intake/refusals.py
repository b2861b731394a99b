"""Requests refused before their samples were read, by reason."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# Series start at 0, so that `increase()` sees the first refusal.
REFUSAL_REASONS = (
    "busy", "too_many_connections", "slow_headers", "slow_body", "request_timeout", "sender_gone", "bad_request",
    "too_large", "slow_reader", "foreign_page", "unknown_host", "key_in_progress", "starting", "stopping",
    "worker_lost", "unauthorized", "not_stored", "set_aside",
)  # fmt: skip


@dataclass(frozen=True)
class FrontTotals:
    """Counters and gauges of the front."""

    refused: Mapping[str, int] = field(default_factory=dict)
    """Requests by reason."""
    connections: int = 0
    buffered_bytes: int = 0
    worker_restarts: int = 0
    proxy: Mapping[str, Any] | None = None
    """The last report of the proxy's process; None without one."""
    proxy_restarts: int = 0
    pid: int | None = None
    """The front's process; None if requests come without a front."""
    has_proxy: bool = False
    """Whether there should be a proxy."""
