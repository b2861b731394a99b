"""The proxy: its connections, and what becomes of the exchanges on them."""

import asyncio
import logging
import time

from ..config.proxy import ProxyConfig
from ..intake.proxy_totals import ProxyTotals
from .copies import Copies
from .exchange import Copy, Exchange
from .faults import Faults
from .records import is_inference
from .tls import address_of
from .tunnel import Client

log = logging.getLogger(__name__)

# The upstream chooses them, and each is a series.
CODES_AT_MOST = 100
DRAIN_STEP_SECONDS = 0.02


class Proxy:
    """Counts exchanges, bounds their copies, and passes inferences on."""

    def __init__(self, config: ProxyConfig, copies: Copies, totals: ProxyTotals) -> None:
        self._config, self._copies, self.totals = config, copies, totals
        self._address = address_of(config)
        self._unreachable = ""
        self._clients: set[Client] = set()
        self.faults = Faults(totals)
        self.now = time.monotonic  # the time of uvloop counts milliseconds

    def connection(self) -> Client:
        """Return the protocol of a new connection."""
        return Client(self, self._address)

    async def drain(self, seconds: float) -> None:
        """Return once no request waits for its answer, or time is up."""
        until = self.now() + seconds
        for client in list(self._clients):
            # Idle connections first, so that a client opens its next one to whoever takes over.
            if not client.is_busy:
                client.transport.close()
        while any(client.is_busy for client in self._clients) and self.now() < until:
            await asyncio.sleep(DRAIN_STEP_SECONDS)
        for client in list(self._clients):
            client.transport.close()

    # Called by tunnels.

    def opened(self, tunnel: Client) -> None:
        """Add a connection."""
        self._clients.add(tunnel)
        self.totals.connections = len(self._clients)

    def closed(self, tunnel: Client) -> None:
        """Remove a connection."""
        self._clients.discard(tunnel)
        self.totals.connections = len(self._clients)

    def connected(self, error: OSError | None) -> None:
        """Log why the upstream cannot be reached, once until that changes."""
        reason = str(error) or type(error).__name__ if error else ""
        if reason != self._unreachable:
            self._unreachable = reason
            log.warning("%s %s", self._config.upstream, f"cannot be reached: {reason}" if error else "is reached again")

    def passed(self, up: int, down: int) -> None:
        """Count bytes that went through."""
        self.totals.bytes_up += up
        self.totals.bytes_down += down

    def wall(self) -> float:
        """Return the wall clock's time."""
        return time.time()

    def copy(self, into: Copy, piece: bytes) -> None:
        """Add a piece to a copy within the bounds; beyond, the whole copy is dropped."""
        if into.is_partial:
            return
        if into.size + len(piece) > self._config.max_copied_body:
            self._drop(into, "too_large")
        elif not self._copies.reserve(len(piece)):
            self._drop(into, "busy")
        else:
            into.pieces.append(piece)
            into.size += len(piece)

    def _drop(self, copy: Copy, reason: str) -> None:
        self.totals.dropped[reason] += 1
        self._copies.release(copy.size)
        copy.pieces.clear()
        copy.size, copy.is_partial = 0, True

    def finished(self, exchange: Exchange) -> None:
        """Count an exchange, and pass it on if it is an inference."""
        self._count(exchange.code)
        assert exchange.first_byte_seconds is not None and exchange.last_byte_seconds is not None
        self.totals.first_byte.add(exchange.first_byte_seconds)
        self.totals.last_byte.add(exchange.last_byte_seconds)
        self._pass_on(exchange)

    def lost(self, exchange: Exchange, *, by_upstream: bool) -> None:
        """Count an exchange without a complete answer: an error of the model only if the upstream ended it."""
        self._count("unanswered")
        if by_upstream:
            self.totals.upstream_errors += 1
            # What the client saw, and what the model's error rate should count.
            exchange.code, exchange.response = "502", None
            exchange.last_byte_seconds = self.now() - exchange.started
            self._pass_on(exchange)
        else:
            self._release(exchange)

    def _pass_on(self, exchange: Exchange) -> None:
        if is_inference(exchange):
            self._copies.add(exchange)
        else:
            self._release(exchange)

    def _release(self, exchange: Exchange) -> None:
        self._copies.release(exchange.requested.size + exchange.answered.size)

    def _count(self, code: str) -> None:
        requests = self.totals.requests
        requests[code if code in requests or len(requests) < CODES_AT_MOST else "other"] += 1
