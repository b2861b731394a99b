"""Requests and their responses on one connection, in order, with copies of their bodies within a bound."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from .framing import Body, Head, Scanner

UPGRADE, CONNECT_METHOD = "101", "CONNECT"


@dataclass(slots=True)
class Copy:
    """A bounded copy of a body."""

    pieces: list[bytes] = field(default_factory=list)
    size: int = 0
    is_partial: bool = False
    """Whether the body was larger than may be copied, or there was no room: the copy is empty."""

    @property
    def content(self) -> bytes:
        """The whole body."""
        return b"".join(self.pieces)


@dataclass(slots=True, eq=False)
class Exchange:
    """A request and its response. Times are the wall clock's for `time`, else those of a steady clock."""

    request: Head
    time: float
    started: float
    is_asked: bool = False
    """Whether the request is complete."""
    requested: Copy = field(default_factory=Copy)
    answered: Copy = field(default_factory=Copy)
    response: Head | None = None
    code: str = ""
    first_byte_seconds: float | None = None
    last_byte_seconds: float | None = None

    @property
    def method(self) -> str:
        """The method of the request."""
        return self.request.first[0]

    @property
    def target(self) -> str:
        """What the request is for."""
        return self.request.first[1]


class Ledger(Protocol):
    """Who counts exchanges, and what may be copied."""

    def now(self) -> float:
        """Return the time of a steady clock."""

    def wall(self) -> float:
        """Return the wall clock's time."""

    def copy(self, into: Copy, piece: bytes) -> None:
        """Add a piece to a copy, if there is room."""

    def finished(self, exchange: Exchange) -> None:
        """Take an exchange that is complete."""

    def lost(self, exchange: Exchange, *, by_upstream: bool) -> None:
        """Take an exchange that ended early."""


class Exchanges:
    """What goes through one connection, as exchanges: responses come in the order of their requests."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._open: deque[Exchange] = deque()
        self._newest: Exchange | None = None
        self.is_cut = False
        """Whether the client sends nothing more: a request that is not whole by then is its fault."""
        self.is_tunnel = False
        """Whether another protocol follows."""
        self.up = Scanner(_Requests(self))
        self.down = Scanner(_Responses(self))

    def __bool__(self) -> bool:
        """Return whether a request waits for its answer, or the rest of it."""
        return bool(self._open)

    @property
    def awaits_answer(self) -> bool:
        """Whether a request that is complete waits for its answer, or the rest of it."""
        return any(exchange.is_asked for exchange in self._open)

    def closed(self, *, by_upstream: bool) -> None:
        """Take what is incomplete at the end of the connection."""
        if by_upstream:
            self.down.end()
        for exchange in self._open:
            self._ledger.lost(exchange, by_upstream=by_upstream and (exchange.is_asked or not self.is_cut))
        self._open.clear()

    # Called by the scanners.

    def request_head(self, head: Head) -> Body:
        """Begin an exchange."""
        newest = self._newest = Exchange(head, self._ledger.wall(), self._ledger.now())
        self._open.append(newest)
        return Body.DECLARED

    def request_body(self, piece: bytes) -> None:
        """Copy a piece of the newest request."""
        if self._newest is not None:
            self._ledger.copy(self._newest.requested, piece)

    def request_end(self) -> None:
        """Note that the newest request is complete."""
        if self._newest is not None:
            self._newest.is_asked = True

    def response_head(self, head: Head) -> Body:
        """Begin the response of the oldest request; interim ones are not its response."""
        if not self._open:
            return Body.TO_THE_END  # of a server that hangs up, such as 408
        # HTTP/1.1 answers in order, pipelined requests too (RFC 9112, 9.3.2).
        exchange, code = self._open[0], head.first[1]
        if code.startswith("1") and code != UPGRADE:
            return Body.NOTHING
        exchange.response, exchange.code = head, code
        exchange.first_byte_seconds = self._ledger.now() - exchange.started
        if code == UPGRADE or (exchange.method == CONNECT_METHOD and code.startswith("2")):
            self.response_end()
            # From here on the bytes of both sides are those of another protocol, such as WebSocket.
            self.up.tunnel()
            self.is_tunnel = True
            return Body.TUNNEL
        # These have no body, whatever Content-Length says (RFC 9112, 6.3).
        if exchange.method == "HEAD" or code in ("204", "304"):
            return Body.NOTHING
        return Body.TO_THE_END

    def response_body(self, piece: bytes) -> None:
        """Copy a piece of the oldest response."""
        if self._open:
            self._ledger.copy(self._open[0].answered, piece)

    def response_end(self) -> None:
        """Finish the oldest exchange, unless only an interim response ended."""
        if self._open and self._open[0].response is not None:
            exchange = self._open.popleft()
            exchange.last_byte_seconds = self._ledger.now() - exchange.started
            self._ledger.finished(exchange)


class _Requests:
    def __init__(self, exchanges: Exchanges) -> None:
        self.head: Callable[[Head], Body] = exchanges.request_head
        self.body: Callable[[bytes], None] = exchanges.request_body
        self.end: Callable[[], None] = exchanges.request_end


class _Responses:
    def __init__(self, exchanges: Exchanges) -> None:
        self.head: Callable[[Head], Body] = exchanges.response_head
        self.body: Callable[[bytes], None] = exchanges.response_body
        self.end: Callable[[], None] = exchanges.response_end
