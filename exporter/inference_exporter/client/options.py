"""Options: how much a Monitor holds and how patiently it sends."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Options:
    """Bounds and timings; the defaults suit a sidecar on the same machine.

    Raises
    ------
    ValueError
        If a number is not positive.
    """

    queue_samples: int = 10_000
    """Samples (and outcomes, and events, each on their own) held while the exporter is away; newer ones are dropped."""
    queue_bytes: int = 32 * 1024 * 1024
    """About how much memory these may hold, outcomes and events an eighth of it each; newer ones are dropped, and a
    single one of more than half of it."""
    batch_samples: int = 500
    """Samples sent in one request at most."""
    batch_bytes: int = 2 * 1024 * 1024
    """A body that has grown to this is sent; a single sample longer than this is dropped."""
    batch_seconds: float = 0.5
    """How long the first sample of a batch waits for others."""
    request_timeout_seconds: float = 5.0
    """How long the sender waits for a connection, and for an answer."""
    retry_seconds: float = 0.1
    """The first pause before a batch is sent again; it doubles each time."""
    retry_max_seconds: float = 10.0
    """The longest such pause."""
    close_seconds: float = 2.0
    """How long close(), and the end of the process, wait for what is queued."""
    compress: bool = False
    """Send large bodies gzipped; worth its CPU time only when the exporter is on another machine."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Sent with each request, for example Authorization."""
    ssl_context: ssl.SSLContext | None = None
    """For https; the platform's default when None."""

    def __post_init__(self) -> None:
        for name in ("queue_samples", "queue_bytes", "batch_samples", "batch_bytes"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}: expected at least 1, got {getattr(self, name)!r}")
        for name in ("batch_seconds", "request_timeout_seconds", "retry_seconds", "retry_max_seconds", "close_seconds"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name}: expected a positive number of seconds, got {getattr(self, name)!r}")

    def portable(self) -> "Options":
        """Return options that can be pickled: without the TLS context, which belongs to its process."""
        return replace(self, headers=dict(self.headers), ssl_context=None)
