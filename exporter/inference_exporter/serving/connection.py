"""One connection: requests one after another, each read completely, within time and size limits, before dispatch."""

import asyncio
import contextlib
import enum
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, cast

from .reader import Reader
from .request import JOINED_BYTES, Answer, Request

if TYPE_CHECKING:
    from ..config.schema import WebConfig

# curl and browsers pipeline nothing, load generators some dozens.
MAX_PIPELINED = 100
# A whole read of libuv: more of the same sender is probably waiting.
LARGE_PIECE = 64 * 1024
# Bytes of headers that each connection may hold in addition to the budget for buffered bytes.
FREE_HEAD_BYTES = 4 * 1024
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


_READING = (State.IDLE, State.HEAD, State.BODY)


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

    def has_unread(self, connection: "Connection", *, some: bool) -> None:
        """Handle an answer that is partly unsent, or no longer."""

    def became_idle(self, connection: "Connection") -> None:
        """Handle a connection that waits for its next request."""

    def admit(self, request: Request) -> Answer | None:
        """Return a refusal for a request whose headers are complete, or None."""

    def keep(self, request: Request, piece: bytes) -> Answer | None:
        """Store a piece of a body, or return a refusal."""

    def hold(self, size: int) -> bool:
        """Reserve bytes of the budget for buffered data, if there is room."""

    def let_go(self, size: int) -> None:
        """Return bytes to the budget."""

    def forget(self, request: Request) -> None:
        """Release the stored pieces of a request."""

    def dispatch(self, connection: "Connection", request: Request) -> None:
        """Handle a complete request."""

    def abandon(self, connection: "Connection", reason: str) -> None:
        """Drop a request whose sender no longer waits."""

    def count(self, reason: str) -> None:
        """Count a request that gets no answer, or only part of one."""

    def refusal(self, reason: str) -> Answer:
        """Count a refusal and return its answer."""

    def too_slow(self, state: State) -> str:
        """Return the reason to count for a timeout in this state."""


class Connection(asyncio.Protocol):
    """One sender's connection; `deadline` is when the current state times out."""

    __slots__ = ("_host", "_next", "_reader", "_unfed", "current", "deadline", "state", "transport")

    def __init__(self, host: Host) -> None:
        self._host = host
        self._reader = Reader(self)
        self._next: deque[Request] = deque()
        self._unfed = b""
        self.current: Request | None = None
        self.state = State.IDLE
        self.deadline = host.now() + host.web.header_timeout

    # Called by asyncio.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Store the transport."""
        self.transport = cast(asyncio.Transport, transport)
        self.transport.set_write_buffer_limits(0)  # so a pause means that part of the answer is unsent
        self._host.opened(self)

    def data_received(self, data: bytes) -> None:
        """Read the data, or buffer it until the previous request is answered."""
        if len(data) >= LARGE_PIECE:
            self._let_others_go_first()
        if self.state is State.LINGER:
            return
        if self.current is None and not self._next and not self._unfed:
            self._feed(data)
        elif self.current is None or self.current.keep_alive:
            self._keep_unfed(data)

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
        self._host.has_unread(self, some=True)

    def resume_writing(self) -> None:
        """Continue with the next request once the answer is sent."""
        self._host.has_unread(self, some=False)
        if self.state is State.ANSWER:
            self._ready_for_next()

    # Called by the reader.

    def begin(self, request: Request) -> None:
        """Start the time limit of a request."""
        if len(self._next) >= MAX_PIPELINED:
            self.unreadable("busy")
        elif self.current is None:
            self.state = State.HEAD
            self.deadline = request.started + self._host.web.header_timeout

    def grow(self, request: Request) -> None:
        """Account for the memory of headers that are not complete yet."""
        more = request.head_cost - FREE_HEAD_BYTES - request.charged
        if more > 0 and self._host.hold(more):
            request.charged += more
        elif more > 0:
            self.unreadable("busy")

    def head(self, request: Request) -> None:
        """Check whether to accept the request."""
        peer = self.transport.get_extra_info("peername")
        request.sender = str(peer[0]) if isinstance(peer, tuple) else ""
        refusal = self._host.admit(request)
        if refusal is not None:
            self._turn_away(refusal)
        elif request.is_oversized:
            self._reader.end_early()
        elif self.current is None:
            self._await_body(request)

    def _await_body(self, request: Request) -> None:
        self.state = State.BODY
        self.deadline = self._host.now() + self._host.web.body_timeout
        expects = request.header("expect").lower() == "100-continue" and not request.is_http_1_0
        if expects and not request.received:
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def body(self, request: Request, piece: bytes) -> None:
        """Store a piece of the body."""
        refusal = self._host.keep(request, piece)
        if refusal is not None:
            self._turn_away(refusal)
        elif request.is_oversized:
            self._reader.end_early()

    def whole(self, request: Request) -> None:
        """Handle a complete request, or queue it behind the previous one."""
        if self.current is None and not self._next:
            self._start(request)
        else:
            self._next.append(request)

    def unreadable(self, reason: str) -> None:
        """Refuse for a reason, and close."""
        self._turn_away(self._host.refusal(reason))

    # From a complete request to its answer.

    def _feed(self, data: bytes) -> None:
        rest = self._reader.feed(data, self._host.now())
        if not rest or self.state is State.LINGER:
            return
        self._keep_unfed(rest)
        if self.state in _READING:
            self._take_turn()

    def _keep_unfed(self, data: bytes) -> None:
        """Buffer early data and stop reading; without room for it, drop it and close after the current answer."""
        if self._host.hold(len(data)):
            self._unfed += data
            self.transport.pause_reading()
        elif self.current is not None:
            self.current.keep_alive = False
        else:
            self.unreadable("busy")

    def _take_unfed(self) -> bytes:
        data, self._unfed = self._unfed, b""
        self._host.let_go(len(data))
        return data

    def _turn_away(self, refusal: Answer) -> None:
        """Refuse and close; if an answer is under way, just close after it."""
        if self._reader.parsing is not None:
            self._host.forget(self._reader.parsing)
        self._reader.stop()
        if self.current is not None:
            self.current.keep_alive = False
        else:
            self._write(refusal, Request(0.0, keep_alive=False))

    def _start(self, request: Request) -> None:
        self._host.let_go(request.charged)
        request.charged = 0
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
        head, body = _head(answer, request, self._host.date()), answer.body if request.method != "HEAD" else b""
        if len(body) <= JOINED_BYTES:  # each write is a system call
            self.transport.write(head + body)
        else:
            self.transport.write(head)
            self.transport.write(body)
        if not request.keep_alive:
            self._linger()
        elif self.transport.get_write_buffer_size() == 0:
            self._ready_for_next()

    def _linger(self) -> None:
        self.state = State.LINGER
        self._reader.stop()
        if self.transport.get_write_buffer_size() == 0:
            self.deadline = self._host.now() + LINGER_SECONDS
        if self._unfed:
            self._take_unfed()
            self.transport.resume_reading()
        if self.transport.can_write_eof():
            with contextlib.suppress(OSError):  # the sender has closed meanwhile
                self.transport.write_eof()

    def _ready_for_next(self) -> None:
        parsing = self._reader.parsing
        if self._next or self._unfed:
            self._take_turn()
        if parsing is not None and parsing.method and not self._next:
            self._await_body(parsing)
        elif parsing is not None or self._next or self._unfed:
            self.state = State.HEAD
            self.deadline = self._host.now() + self._host.web.header_timeout
        else:
            self.state = State.IDLE
            self.deadline = self._host.now() + self._host.web.idle_timeout
            self._host.became_idle(self)

    def _take_turn(self) -> None:
        """Continue with buffered requests after other connections have had their turn."""
        self._host.next_turn(self._go_on)

    def _go_on(self) -> None:
        if self.state not in _READING:
            return
        if self._next:
            self._start(self._next.popleft())
        elif self._unfed:
            self.transport.resume_reading()
            self._feed(self._take_unfed())

    def expire(self) -> None:
        """Time out."""
        if self.state in (State.HEAD, State.BODY, State.WORK):
            reason = self._host.too_slow(self.state)
            self._host.abandon(self, reason)
            self.current = None
            self.unreadable(reason)
        else:
            if self.transport.get_write_buffer_size():
                self._host.count("slow_reader")
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
            self.unreadable("stopping")
        elif self.state is State.IDLE:
            self.transport.close()

    def _release(self) -> None:
        for request in (self._reader.parsing, *self._next):
            if request is not None:
                self._host.forget(request)
        self._reader.stop()
        self._next.clear()
        self._take_unfed()


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
