"""Options: memory limits and timeouts of a Monitor."""

import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from .spool import IS_SUPPORTED


@dataclass(frozen=True, slots=True)
class Options:
    """Limits and timeouts; the defaults suit a sidecar on the same machine.

    Raises
    ------
    ValueError
        If a number is not positive.
    """

    queue_samples: int = 10_000
    """Maximum queue of samples (and of outcomes, and of events) while the exporter is away; newer are dropped."""
    queue_bytes: int = 32 * 1024 * 1024
    """Approximate memory limit of queued samples, and an eighth of it each for outcomes and events; newer messages are
    dropped, and any single message larger than half of it."""
    batch_samples: int = 500
    """Maximum samples per request."""
    batch_bytes: int = 2 * 1024 * 1024
    """Maximum size of a body; a single larger sample is dropped."""
    batch_seconds: float = 0.5
    """How long a batch waits for more samples."""
    request_timeout_seconds: float = 5.0
    """Timeout for a connection, and for an answer."""
    retry_seconds: float = 0.1
    """Pause before the first retry of a batch; doubles with each retry."""
    retry_max_seconds: float = 10.0
    """Maximum pause between retries."""
    close_seconds: float = 2.0
    """How long close(), and the end of the process, wait for queued messages."""
    compress: bool = False
    """Compress large bodies; only worth the CPU time if the exporter is on another machine."""
    spool_path: str | os.PathLike[str] | None = None
    """A folder for what the exporter cannot take, also across restarts of this process; None keeps it in memory."""
    spool_bytes: int = 64 * 1024 * 1024
    """Maximum size of what a process spools."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Headers of each request, for example Authorization."""
    ssl_context: ssl.SSLContext | None = None
    """For https; None means the platform's default."""

    def __post_init__(self) -> None:
        for name in ("queue_samples", "queue_bytes", "batch_samples", "batch_bytes", "spool_bytes"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}: expected at least 1, got {getattr(self, name)!r}")
        for name in ("batch_seconds", "request_timeout_seconds", "retry_seconds", "retry_max_seconds", "close_seconds"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name}: expected a positive number of seconds, got {getattr(self, name)!r}")

        if self.spool_path is not None and not IS_SUPPORTED:
            raise ValueError("spool_path: expected a system with POSIX file locks")

    def portable(self) -> "Options":
        """Return options that can be pickled: without the TLS context."""
        return replace(self, headers=dict(self.headers), ssl_context=None)
