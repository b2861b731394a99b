"""Finds the messages in a stream of HTTP/1 bytes while they go through: heads, bodies and ends. It changes nothing.

A library that speaks HTTP would have to own the connection. This one only has to
know where messages begin and end; if it fails, the bytes go through all the same.
"""

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

# The front's own limit; beyond, watching ends and forwarding goes on.
MAX_HEAD_BYTES = 64 * 1024
MAX_LINE_BYTES = 16 * 1024  # of a chunk's size with its extensions, or of a trailer
HEAD_END, LINE_END = b"\r\n\r\n", b"\r\n"


class NotHttp(Exception):
    """The bytes are not HTTP/1: watching ends, forwarding goes on."""


@dataclass(frozen=True, slots=True)
class Head:
    """The first line in its three parts, and the headers by lower-case name; the last of a name wins."""

    first: tuple[str, str, str]
    headers: dict[str, str]

    @property
    def is_chunked(self) -> bool:
        """Whether the body comes in chunks."""
        return self.headers.get("transfer-encoding", "").lower().rstrip().endswith("chunked")

    @property
    def length(self) -> int | None:
        """The declared length of the body."""
        text = self.headers.get("content-length", "")
        return int(text) if text.isdecimal() else None


class Watcher(Protocol):
    """What happens with what was found."""

    def head(self, head: Head) -> "Body":
        """Handle a head; returns what follows it."""

    def body(self, piece: bytes) -> None:
        """Handle a piece of the body, without its chunks."""

    def end(self) -> None:
        """Handle the end of a message."""


class Body(enum.Enum):
    """What follows a head."""

    DECLARED = "as the headers say, nothing if they say nothing"
    NOTHING = "nothing, whatever the headers say"
    TO_THE_END = "as the headers say, everything if they say nothing"
    TUNNEL = "another protocol"


class Scanner:
    """Scans one direction of a connection."""

    __slots__ = ("_buffer", "_left", "_step", "_watcher")

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher
        self._buffer = b""
        self._left = 0
        self._step: Callable[[bytes], bytes] = self._head

    def feed(self, data: bytes) -> None:
        """Look at bytes that go through.

        Raises
        ------
        NotHttp
            If they are not HTTP.
        """
        while data:
            data = self._step(data)

    def end(self) -> None:
        """Handle the end of the stream, which may be the end of a body."""
        if self._step == self._to_the_end:
            self._finish()

    def tunnel(self) -> None:
        """Look no further: another protocol follows."""
        self._step = self._anything

    def _head(self, data: bytes) -> bytes:
        text = self._buffer + data
        if not self._buffer:
            # Some clients send an empty line after a body; RFC 9112, 2.2 tells servers to skip it.
            text = text.lstrip(LINE_END)
        end = text.find(HEAD_END)
        if end < 0:
            if len(text) > MAX_HEAD_BYTES:
                raise NotHttp("a head of more than 64 KB")
            self._buffer = text
            return b""
        self._buffer = b""
        self._begin(_head_of(text[:end]))
        return text[end + len(HEAD_END) :]

    def _begin(self, head: Head) -> None:
        follows = self._watcher.head(head)
        # The watcher may have ended watching while it looked at the head.
        if self._step == self._anything:
            return
        if follows is Body.TUNNEL:
            self.tunnel()
        elif follows is Body.NOTHING:
            self._finish()
        # Before the length: with both, chunks count (RFC 9112, 6.3).
        elif head.is_chunked:
            self._step = self._chunk_size
        elif head.length is not None or follows is Body.DECLARED:
            self._left = head.length or 0
            self._step = self._declared
            if not self._left:
                self._finish()
        else:
            self._step = self._to_the_end

    def _finish(self) -> None:
        self._step = self._head
        self._watcher.end()

    def _declared(self, data: bytes) -> bytes:
        piece = data[: self._left]
        self._left -= len(piece)
        self._watcher.body(piece)
        if not self._left:
            self._finish()
        return data[len(piece) :]

    def _to_the_end(self, data: bytes) -> bytes:
        self._watcher.body(data)
        return b""

    def _anything(self, data: bytes) -> bytes:
        return b""

    def _line(self, data: bytes) -> tuple[bytes | None, bytes]:
        """Return the next line, or None if it is incomplete, and the rest."""
        text = self._buffer + data
        line, end, rest = text.partition(LINE_END)
        if end:
            self._buffer = b""
            return line, rest
        if len(text) > MAX_LINE_BYTES:
            raise NotHttp("a line of more than 16 KB")
        self._buffer = text
        return None, b""

    def _chunk_size(self, data: bytes) -> bytes:
        line, rest = self._line(data)
        if line is not None:
            try:
                # Extensions of a chunk follow a semicolon.
                self._left = int(line.partition(b";")[0].strip(), 16)
            except ValueError:
                raise NotHttp("a chunk without a size") from None
            self._step = self._chunk if self._left else self._trailer
        return rest

    def _chunk(self, data: bytes) -> bytes:
        piece = data[: self._left]
        self._left -= len(piece)
        self._watcher.body(piece)
        if not self._left:
            self._step = self._chunk_end
        return data[len(piece) :]

    def _chunk_end(self, data: bytes) -> bytes:
        line, rest = self._line(data)
        if line is not None:
            self._step = self._chunk_size
        return rest

    def _trailer(self, data: bytes) -> bytes:
        line, rest = self._line(data)
        if line == b"":
            self._finish()
        return rest


def _head_of(text: bytes) -> Head:
    first, *lines = text.decode("latin-1").split("\r\n")
    parts = first.split(" ", 2)
    if len(parts) < 2 or not (parts[0].startswith("HTTP/1.") or first.rpartition(" ")[2].startswith("HTTP/1.")):
        raise NotHttp("a first line of another protocol")
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    return Head((parts[0], parts[1], parts[2] if len(parts) > 2 else ""), headers)
