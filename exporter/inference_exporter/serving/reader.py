"""Turns the bytes of one connection into requests, a few at a time, within the limits on headers."""

import logging
from typing import Protocol

import httptools

from .request import Request

log = logging.getLogger(__name__)

# Cookies of a page behind the same name may fill several 8 KB headers.
MAX_HEAD_BYTES = 64 * 1024
MAX_HEADERS = 100
# Parsed at once: about twenty of the shortest requests, so that one connection cannot delay the others.
HEAD_PIECE = 512
BODY_PIECE = 16 * 1024
CHUNKS_AT_ONCE = 512  # of a chunked body: chunks of two bytes would otherwise take 75 ms per read


class Taker(Protocol):
    """Methods that the reader calls for each request, in this order."""

    def begin(self, request: Request) -> None:
        """Handle its first byte."""

    def grow(self, request: Request) -> None:
        """Handle more of its headers."""

    def head(self, request: Request) -> None:
        """Handle its complete headers."""

    def body(self, request: Request, piece: bytes) -> None:
        """Handle a piece of its body."""

    def whole(self, request: Request) -> None:
        """Handle the complete request."""

    def unreadable(self, reason: str) -> None:
        """Handle unreadable input; the reason is counted."""


class Reader:
    """Reads requests for a `Taker`; `parsing` is the incomplete one."""

    __slots__ = ("_chunks", "_declines", "_now", "_parser", "_stops", "_taker", "is_over", "parsing")

    def __init__(self, taker: Taker) -> None:
        self._taker = taker
        self._parser = httptools.HttpRequestParser(self)
        self._now = 0.0
        self._chunks = 0
        self._declines = False
        self._stops = False
        self.parsing: Request | None = None
        self.is_over = False

    def feed(self, data: bytes, now: float) -> bytes:
        """Read until a request is complete, or for long enough; returns the unread rest."""
        self._now, self._stops, self._chunks, start = now, False, 0, 0
        while start < len(data) and not self._stops and not self.is_over:
            start = self._step(data, start)
        return data[start:] if not self.is_over else b""

    def end_early(self) -> None:
        """Dispatch an incomplete request; nothing after it on this connection is read."""
        request = self.parsing
        self.stop()
        if request is not None:
            request.keep_alive = False
            self._taker.whole(request)

    def stop(self) -> None:
        """Read no more."""
        self.is_over, self.parsing = True, None

    def _step(self, data: bytes, start: int) -> int:
        """Read one piece; returns the start of the next."""
        request = self.parsing
        if request is not None and request.left > 0:
            return self._past_the_parser(request, data, start)
        piece = data[start : start + (BODY_PIECE if request is not None and request.method else HEAD_PIECE)]
        return start + self._parse(piece)

    def _past_the_parser(self, request: Request, data: bytes, start: int) -> int:
        """Bypass the parser, which would copy it, for the rest of a body of known length."""
        end = min(start + request.left, len(data))
        self.on_body(data if (start, end) == (0, len(data)) else data[start:end])
        if request.left == 0 and self.parsing is request:
            self._parser = httptools.HttpRequestParser(self)
            self.on_message_complete()
        return end

    def _parse(self, piece: bytes) -> int:
        """Parse a piece; returns how much of it was read."""
        read = len(piece)
        try:
            self._parser.feed_data(piece)
        except httptools.HttpParserUpgrade as upgrade:
            read = upgrade.args[0]
            self._decline_upgrade()
        except httptools.HttpParserError as error:
            if isinstance(error, httptools.HttpParserCallbackError):  # our fault, not the sender's
                log.exception("reading a request failed")
            self._fail("bad_request")
        if self.parsing is not None:
            self._measure(self.parsing, read)
        return read

    def _decline_upgrade(self) -> None:
        """Continue in HTTP/1.1: for example Java's client asks for HTTP/2 with each request. The parser stops before
        the body, so the next parser must start with it."""
        # It still waits for the body that went past it, so the next request gets another one.
        self._parser = httptools.HttpRequestParser(self)
        if self.parsing is not None and self.parsing.left == 0:
            self._parser.feed_data(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")

    def _measure(self, request: Request, size: int) -> None:
        request.raw_size += size
        if request.overhead > MAX_HEAD_BYTES:
            self._fail("too_large")
        elif not request.method:
            self._taker.grow(request)

    def _fail(self, reason: str) -> None:
        if not self.is_over:
            self._taker.unreadable(reason)
            self.stop()

    # Called by the parser.

    def on_message_begin(self) -> None:
        """Start a request."""
        if not self.is_over and self.parsing is None:
            self.parsing = Request(self._now)
            self._taker.begin(self.parsing)

    def on_url(self, url: bytes) -> None:
        """Append to the target."""
        if self.parsing is not None and not self.parsing.method:
            self.parsing.target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Add a header; trailers are dropped."""
        request = self.parsing
        if request is None or request.method:
            return
        request.headers.append((name.decode("latin-1").lower(), value.decode("latin-1")))
        if len(request.headers) > MAX_HEADERS:
            self._fail("too_large")

    def on_headers_complete(self) -> None:
        """Handle the end of the headers."""
        request = self.parsing
        if request is None or request.method:
            return
        request.split_target()
        request.method = self._parser.get_method().decode("latin-1")
        request.is_http_1_0 = self._parser.get_http_version() == "1.0"
        is_chunked = bool(request.header("transfer-encoding"))
        # A proxy of HTTP/1.0 may mistake chunks for the next request; after CONNECT the bytes are not HTTP.
        is_last = request.method == "CONNECT" or (is_chunked and request.is_http_1_0)
        request.keep_alive = self._parser.should_keep_alive() and not is_last
        request.left = 0 if is_chunked else request.declared_size
        self._declines = self._parser.should_upgrade() and (is_chunked or request.left > 0)
        if self._parser.get_http_version() not in ("1.0", "1.1"):
            self._fail("bad_request")
        elif request.head_size > MAX_HEAD_BYTES:
            self._fail("too_large")
        else:
            self._taker.head(request)

    def on_body(self, piece: bytes) -> None:
        """Handle a piece of the body."""
        if self.parsing is not None:
            self.parsing.left -= len(piece)
            self._chunks += 1
            self._stops |= self._chunks > CHUNKS_AT_ONCE
            self._taker.body(self.parsing, piece)

    def on_message_complete(self) -> None:
        """Handle the end of a request, or of its headers if it asked for an upgrade."""
        if self._declines:
            self._declines = False
            return
        request, self.parsing = self.parsing, None
        if request is not None:
            self._stops = True
            self._taker.whole(request)
            if not request.keep_alive:
                self.stop()
