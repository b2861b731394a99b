"""One client's connection and its connection to the upstream: whatever comes from one side goes to the other.

Both live and end together, so that keep-alive, hop-by-hop headers, upgrades,
interim responses, trailers and broken connections mean to each side what they
would mean without a proxy.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol, cast

from .exchange import Exchanges, Ledger
from .faults import Faults
from .tls import Address

BUFFER_BYTES = 256 * 1024
"""Bytes in flight per direction before the sender has to wait."""
CONNECT_SECONDS = 10.0
LINGER_SECONDS = 5.0
ANSWERED_SECONDS = 0.1
UNWATCHED_SECONDS = 10.0  # without a byte, on a connection that may still owe an answer
UNREACHABLE = b"the model server cannot be reached\n"
BAD_GATEWAY = (
    b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n"
    b"Content-Length: %d\r\n\r\n%b" % (len(UNREACHABLE), UNREACHABLE)
)


class Host(Ledger, Protocol):
    """What a tunnel needs from the proxy."""

    faults: Faults

    def opened(self, tunnel: "Client") -> None:
        """Handle a new connection."""

    def closed(self, tunnel: "Client") -> None:
        """Handle a closed connection."""

    def connected(self, error: OSError | None) -> None:
        """Note whether the upstream could be reached."""

    def passed(self, up: int, down: int) -> None:
        """Count bytes that went through."""


class Client(asyncio.Protocol):
    """The client's side."""

    def __init__(self, host: Host, upstream: Address) -> None:
        self._host, self._address = host, upstream
        self.exchanges: Exchanges | None = Exchanges(host)
        self.upstream: Upstream | None = None
        self._is_unreachable = False
        self._connecting: asyncio.Task[None] | None = None
        self._early: list[bytes] = []
        self._has_ended = False
        self._received = 0

    @property
    def is_busy(self) -> bool:
        """Whether a request waits for its answer."""
        return bool(self.exchanges) or self.transport.get_write_buffer_size() > 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Connect to the upstream."""
        self.transport = cast(asyncio.Transport, transport)
        self.transport.set_write_buffer_limits(BUFFER_BYTES)
        self._host.opened(self)
        self._connecting = asyncio.create_task(self._connect())

    async def _connect(self) -> None:
        loop, to = asyncio.get_running_loop(), self._address
        fault: OSError | None = None
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await loop.create_connection(lambda: Upstream(self), to.host, to.port, **to.options)
        except OSError as error:  # refused, unreachable, unknown, too slow, or not trusted
            self._is_unreachable, fault = True, error
        self._connecting = None
        self._host.connected(fault)
        if not self.transport.is_closing():
            self._go_on()
        elif self.upstream is not None:
            self.upstream.transport.abort()

    def _go_on(self) -> None:
        """Forward what came before the upstream was there."""
        early, self._early = self._early, []
        for data in early:
            self.data_received(data)
        if self._has_ended:
            self._forward_end()
        else:
            self.transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        """Forward a part of a request."""
        if self._connecting is not None:
            # What came with the connection waits; the pause bounds it to one read.
            self._early.append(data)
            self.transport.pause_reading()
            return
        if self.upstream is not None:
            self.upstream.transport.write(data)
        self._host.passed(len(data), 0)
        self.watch(lambda exchanges: exchanges.up.feed(data))
        if self._is_unreachable:
            self._turn_away()

    def _turn_away(self) -> None:
        """Answer in place of the upstream, and read on: closing at once would reset the connection."""
        self.watch(lambda exchanges: exchanges.closed(by_upstream=True))
        self.exchanges = None
        if self.transport.can_write_eof() and not self.transport.is_closing():
            self._is_unreachable = False
            self.transport.write(BAD_GATEWAY)
            self.transport.write_eof()
            asyncio.get_running_loop().call_later(LINGER_SECONDS, self.transport.abort)

    def watch(self, look: Callable[[Exchanges], None]) -> None:
        """Look at what goes through; a fault in that costs only the copy."""
        if self.exchanges is None:
            return
        if not self._host.faults.contained("watching", look, self.exchanges):
            self.exchanges = None

    def received(self, data: bytes) -> None:
        """Forward a part of a response."""
        self.transport.write(data)
        self._received += len(data)
        self._host.passed(0, len(data))
        self.watch(lambda exchanges: exchanges.down.feed(data))

    def pause_writing(self) -> None:
        """Have the upstream wait until the client reads."""
        if self.upstream is not None:
            self.upstream.transport.pause_reading()

    def resume_writing(self) -> None:
        """Let the upstream go on."""
        if self.upstream is not None:
            self.upstream.transport.resume_reading()

    def eof_received(self) -> bool:
        """Forward the end of what the client sends; it may still read."""
        self._has_ended = True
        if self.exchanges is not None:
            self.exchanges.is_cut = True
        if self._connecting is None:
            self._forward_end()
        # True keeps our half open: many clients shut down their sending half and wait for the answer.
        return True

    def _forward_end(self) -> None:
        if self.upstream is None:
            self.transport.close()
        elif self.upstream.transport.can_write_eof():
            self.upstream.transport.write_eof()
        else:
            self._end_once_answered(seen=-1)

    def _end_once_answered(self, seen: int) -> None:
        """Close the upstream's connection, since TLS cannot end half of it: the client sends nothing more."""
        if self.upstream is None or self.upstream.transport.is_closing():
            return
        if self.exchanges is not None and not self.exchanges.is_tunnel:
            is_over, pause = not self.exchanges.awaits_answer, ANSWERED_SECONDS
        else:
            is_over, pause = self._received == seen, UNWATCHED_SECONDS
        if is_over:
            self.upstream.transport.close()
        else:
            asyncio.get_running_loop().call_later(pause, self._end_once_answered, self._received)

    def connection_lost(self, error: Exception | None) -> None:
        """End the upstream's connection too."""
        self.watch(lambda exchanges: exchanges.closed(by_upstream=False))
        if self.upstream is not None:
            (self.upstream.transport.abort if error else self.upstream.transport.close)()
        self._host.closed(self)

    def upstream_lost(self, error: Exception | None) -> None:
        """End the client's connection as the upstream ended its own, after what is still to be sent."""
        self.watch(lambda exchanges: exchanges.closed(by_upstream=True))
        # An abort sends a reset, which is how the other side ended; a close would look like a complete answer.
        (self.transport.abort if error else self.transport.close)()


class Upstream(asyncio.Protocol):
    """The upstream's side."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Belong to the client."""
        self.transport = cast(asyncio.Transport, transport)
        self.transport.set_write_buffer_limits(BUFFER_BYTES)
        self._client.upstream = self

    def data_received(self, data: bytes) -> None:
        """Forward a part of a response."""
        self._client.received(data)

    def pause_writing(self) -> None:
        """Have the client wait until the upstream reads."""
        self._client.transport.pause_reading()

    def resume_writing(self) -> None:
        """Let the client go on."""
        self._client.transport.resume_reading()

    def eof_received(self) -> bool:
        """Close when the upstream does."""
        return False

    def connection_lost(self, error: Exception | None) -> None:
        """End the client's connection too."""
        self._client.upstream_lost(error)
