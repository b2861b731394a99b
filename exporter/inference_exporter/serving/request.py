"""A request as the front holds it, and its answer."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

Headers = list[tuple[str, str]]
JOINED_BYTES = 64 * 1024
# Two strings of CPython, and the tuple around them.
HEADER_COST = 150


@dataclass(slots=True)
class Request:
    """One request, with its body in pieces as received."""

    started: float
    target: bytes = b""
    path: str = ""
    query: str = ""
    method: str = ""
    headers: Headers = field(default_factory=list)
    raw_size: int = 0
    chunks: deque[bytes | bytearray] = field(default_factory=deque)
    received: int = 0
    """Bytes of the body received so far, stored or discarded."""
    left: int = 0
    """Bytes of the body still to come if its length was declared; negative if not."""
    charged: int = 0
    """Bytes of its headers that count against the budget for buffered data."""
    keep_alive: bool = True
    is_http_1_0: bool = False
    sender: str = ""
    is_oversized: bool = False
    """Whether its body is larger than allowed; if so, it is discarded."""

    @property
    def overhead(self) -> int:
        """Bytes outside the body, beyond what the framing of the smallest chunks needs."""
        return self.raw_size - 9 * self.received

    @property
    def head_cost(self) -> int:
        """Memory that incomplete headers take, roughly: each is two objects, however short."""
        return self.raw_size + HEADER_COST * len(self.headers)

    @property
    def head_size(self) -> int:
        """Bytes of the target and of all headers."""
        return len(self.target) + sum(len(name) + len(value) for name, value in self.headers)

    def header(self, name: str) -> str:
        """Return the value of a header, empty where it is absent; the name in lower case."""
        return next((value for key, value in self.headers if key == name), "")

    def split_target(self) -> None:
        """Set `path`, decoded so that every spelling of a path is the same path, and `query`."""
        target = self.target.decode("latin-1")
        if not target.startswith("/"):  # a proxy's absolute form, http://host/path; urlsplit raises on some
            target = "/" + target.partition("://")[2].partition("/")[2]
        path, _, self.query = target.partition("?")
        self.path = unquote_to_bytes(path.encode("latin-1")).decode("latin-1")  # as WSGI passes it on

    def add(self, piece: bytes) -> None:
        """Store a piece of the body; small ones are joined, because each object costs more than it holds."""
        if self.chunks and len(self.chunks[-1]) + len(piece) <= JOINED_BYTES:
            self.chunks[-1] += piece
        else:
            self.chunks.append(bytearray(piece) if len(piece) < JOINED_BYTES else piece)

    @property
    def declared_size(self) -> int:
        """The Content-Length, 0 if absent."""
        text = self.header("content-length")
        return int(text) if text.isdecimal() else 0


@dataclass(frozen=True, slots=True)
class Answer:
    """Status line without the version, headers except those about the connection, body."""

    status: str
    headers: Sequence[tuple[str, str]]
    body: bytes = b""


def text_answer(status: str, text: str, retry_after: int | None = None) -> Answer:
    """Return an answer of one line of text."""
    headers = [("Content-Type", "text/plain; charset=utf-8")]
    if retry_after is not None:
        headers.append(("Retry-After", str(retry_after)))
    return Answer(status, headers, f"{text}\n".encode())
