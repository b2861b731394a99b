"""What a file holds, by its first bytes, and in which portions it is handed on."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import NamedTuple

from ....decode.json_text import parse_json
from ....errors import DecodeError
from .content import HEAD_BYTES, Content
from .lines import LineBuffer

PARQUET_MAGIC = b"PAR1"
DELIMITERS = b",;\t|"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
NDJSON, CSV, JSON = "application/x-ndjson", "text/csv", "application/json"


class Portion(NamedTuple):
    """A part of a file, as a body. Its position once the body is accepted; an empty body only moves the position."""

    body: bytes
    content_type: str
    end: int


class Portions(ABC):
    """The portions of a content from a position on; `read` is as far as it has been read."""

    def __init__(self, content: Content, start: int) -> None:
        self.content, self.read = content, start

    @abstractmethod
    def next(self, is_settled: bool) -> Portion | None:
        """Return the next portion; None if there is none for now.

        `is_settled` says that the file has not changed for a while: a half line is all that comes.
        """


class Lines(Portions):
    """Whole lines; of CSV each portion begins with the header."""

    def __init__(self, content: Content, start: int, header: bytes | None = None) -> None:
        super().__init__(content, start)
        self._header = header
        self._lines = LineBuffer(quoted=header is not None)
        self._at = start

    def next(self, is_settled: bool) -> Portion | None:
        """Return the lines that are complete."""
        piece = self.content.read(self.read)
        self.read += len(piece)
        lines = self._lines.add(piece)
        if not piece:
            if not is_settled or not self._lines.rest:
                return None
            lines = self._lines.flush()
        body, content_type = lines, NDJSON
        if self._header is not None:
            body, content_type = (self._header + lines if lines and self._at > 0 else lines), CSV
        self._at = self.read - len(self._lines.rest)
        return Portion(body, content_type, self._at)


class Document(Portions):
    """One JSON document, once it no longer changes."""

    def next(self, is_settled: bool) -> Portion | None:
        """Return the whole document."""
        if not is_settled:
            return None
        pieces = []
        while piece := self.content.read(self.read):
            pieces.append(piece)
            self.read += len(piece)
            if self.read > DOCUMENT_AT_MOST:  # refused as too large
                break
        return Portion(b"".join(pieces), JSON, self.read) if pieces else None


DOCUMENT_AT_MOST = 64 * 1024**2


def format_of(head: bytes) -> str:
    """Return the format of a content by its first bytes."""
    if head.startswith(PARQUET_MAGIC):
        return "parquet"
    text = head.removeprefix(BYTE_ORDER_MARK).lstrip()
    if text.startswith(b"["):
        return "json"
    line, newline, _ = text.partition(b"\n")
    # One object a line, or one object over several lines: the first line decides.
    if text.startswith(b"{"):
        return "ndjson" if not newline or _is_json(line) else "json"
    return "csv" if any(delimiter in line for delimiter in DELIMITERS) else "ndjson"


def line_portions(format: str, content: Content, start: int) -> Portions | None:
    """Return the portions of a text, or None while its header is incomplete."""
    if format == "csv":
        header, newline, _ = content.head().removeprefix(BYTE_ORDER_MARK).partition(b"\n")
        complete = newline or len(header) >= HEAD_BYTES - len(BYTE_ORDER_MARK)
        return Lines(content, start, header + newline) if complete else None
    return Document(content, start) if format == "json" else Lines(content, start)


def _is_json(line: bytes) -> bool:
    try:
        parse_json(line)
    except DecodeError:
        return False
    return True


Build = Callable[[Content, int], Portions]
