"""One connection: requests one after another, each read completely, within time and size limits, before dispatch."""

import asyncio
import contextlib
import enum
import logging
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, cast

import httptools

from .request import Answer, Request

if TYPE_CHECKING:
    from ..config.schema import WebConfig

log = logging.getLogger(__name__)

MAX_HEAD_BYTES = 64 * 1024
MAX_PIPELINED = 100
LARGE_PIECE = 64 * 1024
# After an early answer, keep reading and discard: closing at once would reset the connection before the answer arrives.
LINGER_SECONDS = 5.0

_OUR_HEADERS = ("content-length", "x-content-type-options", "connection", "date")


class State(enum.Enum):
    """What a connection waits for."""

    IDLE = "a request"
    HEAD = "the rest of the headers"
    BODY = "the rest of the body"
    WORK = "an answer"
    ANSWER = "the sender to read its answer"
    LINGER = "the sender to hang up"


class Host(Protocol):
    """What a connection needs from the server."""

    web: "WebConfig"

    def now(self) -> float:
        """Return the loop's time."""

    def next_turn(self, call: Callable[[], object]) -> None:
        """Schedule a call after other connections have had their turn."""

    def date(self) -> bytes:
        """Return the Date header of this second."""

    def opened(self, connection: "Connection") -> None:
        """Handle a new connection."""

    def closed(self, connection: "Connection") -> None:
        """Handle a closed connection."""

    def became_idle(self, connection: "Connection") -> None:
        """Handle a connection that waits for its next request."""

    def admit(self, request: Request) -> Answer | None:
        """Return a refusal for a request whose headers are complete, or None."""

    def keep(self, request: Request, piece: bytes) -> Answer | None:
        """Store a piece of a body, or return a refusal."""

    def forget(self, request: Request) -> None:
        """Release the stored pieces of a body."""

    def dispatch(self, connection: "Connection", request: Request) -> None:
        """Handle a complete request."""

    def abandon(self, connection: "Connection", reason: str) -> None:
        """Drop a request whose sender no longer waits."""

    def refusal(self, reason: str) -> Answer:
        """Count a refusal and return its answer."""

    def too_slow(self, state: State) -> str:
        """Return the reason to count for a timeout in this state."""


class Connection(asyncio.Protocol):
    """One sender's connection; `deadline` is when the current state times out."""

    __slots__ = ("_host", "_next", "_parser", "_parsing", "_unfed", "current", "deadline", "state", "transport")

    def __init__(self, host: Host) -> None:
        self._host = host
        self._parsing: Request | None = None
        self._next: deque[Request] = deque()
        self._unfed = b""
        self.current: Request | None = None
        self.state = State.IDLE
        self.deadline = host.now() + host.web.header_timeout

    # Called by asyncio.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Store the transport."""
        self.transport = cast(asyncio.Transport, transport)
        self._parser = httptools.HttpRequestParser(self)
        self.transport.set_write_buffer_limits(0)  # so a pause means that part of the answer is unsent
        self._host.opened(self)

    def data_received(self, data: bytes) -> None:
        """Parse the data, or buffer it until the previous request is answered."""
        if len(data) >= LARGE_PIECE:
            self._let_others_go_first()
        if self.state is State.LINGER:
            return
        if self.current is not None:
            if self.current.keep_alive:  # pipelined: stop reading until then
                self._unfed += data
                self.transport.pause_reading()
            return
        if self._parsing is not None and self._parsing.left > 0:
            self._take_body(self._parsing, data)
        else:
            self._feed(data)

    def _let_others_go_first(self) -> None:
        """Continue reading in the next turn of the loop: libuv reads megabytes in a row, which delays health checks."""
        self.transport.pause_reading()
        self._host.next_turn(self._read_on)

    def _read_on(self) -> None:
        if not self._unfed and not self.transport.is_closing():
            self.transport.resume_reading()

    def eof_received(self) -> bool:
        """Close when the sender does: it no longer waits for an answer."""
        return False

    def connection_lost(self, error: Exception | None) -> None:
        """Release everything."""
        if self.current is not None or self.state in (State.HEAD, State.BODY):
            self._host.abandon(self, "sender_gone")
        self._release()
        self.state = State.LINGER
        self._host.closed(self)

    def pause_writing(self) -> None:
        """Wait until the sender reads; the request's deadline still applies."""

    def resume_writing(self) -> None:
        """Continue with the next request once the answer is sent."""
        if self.state is State.ANSWER:
            self._ready_for_next()

    # Called by the parser.

    def on_message_begin(self) -> None:
        """Start a request."""
        if self.state is State.LINGER:
            return
        if self.current is not None and not self.current.keep_alive:
            return  # the current request is the last one
        if len(self._next) >= MAX_PIPELINED:
            self._turn_away(self._host.refusal("busy"))
            return
        now = self._host.now()
        self._parsing = Request(now)
        if self.current is None:
            self.state = State.HEAD
            self.deadline = now + self._host.web.header_timeout

    def on_url(self, url: bytes) -> None:
        """Append to the target."""
        if self._parsing is not None:
            self._parsing.target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Add a header."""
        request = self._parsing
        if request is None:
            return
        if not request.method:  # not a trailer
            request.headers.append((name.decode("latin-1").lower(), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        """Check whether to accept the request."""
        request = self._parsing
        if request is None:
            return
        request.split_target()
        request.method = self._parser.get_method().decode("latin-1")
        request.keep_alive = self._parser.should_keep_alive()
        request.left = request.declared_size if not request.header("transfer-encoding") else 0
        request.is_http_1_0 = self._parser.get_http_version() == "1.0"
        peer = self.transport.get_extra_info("peername")
        request.sender = str(peer[0]) if isinstance(peer, tuple) else ""
        refusal = self._host.refusal("too_large") if request.head_size > MAX_HEAD_BYTES else self._host.admit(request)
        if refusal is not None:
            self._turn_away(refusal)
        elif request.is_oversized:
            self._end_early()
        elif self.current is None:
            self.state = State.BODY
            self.deadline = self._host.now() + self._host.web.body_timeout
            if request.header("expect").lower() == "100-continue":
                self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, piece: bytes) -> None:
        """Append to the body."""
        if self._parsing is not None:
            self._parsing.left -= len(piece)
            self._keep(self._parsing, piece)

    def _take_body(self, request: Request, data: bytes) -> None:
        """Bypass the parser, which would copy it, for the rest of a body of known length."""
        piece, rest = data[: request.left], data[request.left :]
        request.left -= len(piece)
        self._keep(request, piece)
        if request.left == 0 and self._parsing is request:
            self._parser = httptools.HttpRequestParser(self)
            self.on_message_complete()
            if rest:
                self.data_received(rest)

    def _keep(self, request: Request, piece: bytes) -> None:
        refusal = self._host.keep(request, piece)
        if refusal is not None:
            self._turn_away(refusal)
        elif request.is_oversized:
            self._end_early()

    def _end_early(self) -> None:
        """Dispatch an incomplete request; nothing after it on this connection is read."""
        if self._parsing is not None:
            self._parsing.keep_alive = False
        self.on_message_complete()

    def on_message_complete(self) -> None:
        """Handle a complete request."""
        request, self._parsing = self._parsing, None
        if request is None:
            return
        if self.current is None:
            self._start(request)
        else:
            self._next.append(request)

    # From a complete request to its answer.

    def _feed(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:  # only HTTP/1.1
            self._turn_away(self._host.refusal("bad_request"))
        except httptools.HttpParserError as error:
            if isinstance(error, httptools.HttpParserCallbackError):  # our fault, not the sender's
                log.exception("reading a request failed")
            if self.state is not State.LINGER:
                self._turn_away(self._host.refusal("bad_request"))
        if self._parsing is not None:
            self._parsing.raw_size += len(data)
            if self._parsing.overhead > MAX_HEAD_BYTES:
                self._turn_away(self._host.refusal("too_large"))

    def _turn_away(self, refusal: Answer) -> None:
        """Refuse and close; if an answer is under way, just close after it."""
        if self._parsing is not None:
            self._host.forget(self._parsing)
            self._parsing = None
        if self.current is not None:
            self.current.keep_alive = False
            return
        self._write(refusal, Request(0.0, keep_alive=False))

    def _start(self, request: Request) -> None:
        self.current = request
        self.state = State.WORK
        self.deadline = request.started + self._host.web.request_timeout
        self._host.dispatch(self, request)

    def answer(self, answer: Answer) -> None:
        """Answer the current request."""
        request, self.current = self.current, None
        if request is None or self.state is not State.WORK:
            return
        self._write(answer, request)

    def _write(self, answer: Answer, request: Request) -> None:
        self.state = State.ANSWER
        self.transport.write(_head(answer, request, self._host.date()))
        if request.method != "HEAD" and answer.body:
            self.transport.write(answer.body)
        if not request.keep_alive:
            self._linger()
        elif self.transport.get_write_buffer_size() == 0:
            self._ready_for_next()

    def _linger(self) -> None:
        self.state = State.LINGER
        if self.transport.get_write_buffer_size() == 0:
            self.deadline = self._host.now() + LINGER_SECONDS
        if self._unfed:
            self._unfed = b""
            self.transport.resume_reading()
        if self.transport.can_write_eof():
            with contextlib.suppress(OSError):  # the sender has closed meanwhile
                self.transport.write_eof()

    def _ready_for_next(self) -> None:
        if self._next:
            self._start(self._next.popleft())
            return
        if self._parsing is None:
            self.state = State.IDLE
            self.deadline = self._host.now() + self._host.web.idle_timeout
            self._host.became_idle(self)
        else:
            self.state = State.BODY if self._parsing.method else State.HEAD
            self.deadline = self._host.now() + self._host.web.body_timeout
        if self._unfed:
            data, self._unfed = self._unfed, b""
            self.transport.resume_reading()
            self._feed(data)

    def expire(self) -> None:
        """Time out."""
        if self.state in (State.HEAD, State.BODY, State.WORK):
            reason = self._host.too_slow(self.state)
            self._host.abandon(self, reason)
            self.current = None
            self._turn_away(self._host.refusal(reason))
        else:
            self.transport.abort()

    def has_no_room(self, refusal: Answer) -> None:
        """Refuse a new connection."""
        self._turn_away(refusal)
        self.transport.close()

    def drain(self) -> None:
        """Accept no further request; refuse one that is incomplete."""
        if self.current is not None:
            self.current.keep_alive = False
        elif self.state in (State.HEAD, State.BODY):
            self._turn_away(self._host.refusal("stopping"))
        elif self.state is State.IDLE:
            self.transport.close()

    def _release(self) -> None:
        for request in (self._parsing, *self._next):
            if request is not None:
                self._host.forget(request)
        self._parsing = None
        self._next.clear()


def _head(answer: Answer, request: Request, date: bytes) -> bytes:
    lines = [f"HTTP/1.1 {answer.status}"]
    lines += [f"{name}: {value}" for name, value in answer.headers if name.lower() not in _OUR_HEADERS]
    lines.append(f"Content-Length: {_content_length(answer, request)}")
    lines.append("X-Content-Type-Options: nosniff")
    if not request.keep_alive:
        lines.append("Connection: close")
    elif request.is_http_1_0:
        lines.append("Connection: keep-alive")
    return "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n" + date + b"\r\n\r\n"


def _content_length(answer: Answer, request: Request) -> str:
    if request.method == "HEAD":
        given = [value for name, value in answer.headers if name.lower() == "content-length"]
        return given[0] if given else str(len(answer.body))
    return str(len(answer.body))
