"""TorchServe's access log: lines of text, of which only those of requests count."""

from collections.abc import Iterable, Iterator, Mapping

from ..samples.records import Rows
from ._base import WireFormat
from ._limits import pieces_of, require_few

MARK = b" ACCESS_LOG - "
PROBE = b'"GET '
"""Health and management: predictions are posted."""
LOOKED_AT, LINE_BYTES = 1 << 16, 8192
FIELD = "torchserve_access_log"


def recognises(first: bytes, headers: Mapping[str, str]) -> bool:
    """Return whether a text that is not JSON has a line of the log."""
    return first[:1] not in (b"{", b"[") and MARK in first[:LOOKED_AT]


def read(chunks: Iterable[bytes]) -> Iterator[Rows]:
    """Yield a document for each line of a request; a line that is too long is cut."""
    index, rest = 0, b""
    for piece in pieces_of(chunks):
        lines = (rest + piece).split(b"\n")
        rest = lines.pop()[:LINE_BYTES]
        require_few(index)
        yield _rows(lines, index)
        index += len(lines)
    yield _rows([rest], index)


def _rows(lines: list[bytes], index: int) -> Rows:
    places = [place for place, line in enumerate(lines) if MARK in line and PROBE not in line]
    texts = [lines[place][:LINE_BYTES].decode(errors="replace") for place in places]
    return Rows([{FIELD: text} for text in texts], [index + place for place in places])


FORMAT = WireFormat(key="torchserve_log", content_types=("text/x-torchserve-log",), read=read, recognises=recognises)
