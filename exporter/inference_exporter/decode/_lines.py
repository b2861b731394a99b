"""Lines of JSON, decoded in blocks for speed."""

from collections.abc import Iterable, Iterator

from ..errors import DecodeError
from ..samples.records import Rows
from ._limits import BLOCK_BYTES, RECORD_BYTES, pieces_of, require_few
from ._typed_lines import LinesByShape

BLOCK_LINES = 128


def read_lines(chunks: Iterable[bytes], of_payloads: bool = False) -> Iterator[Rows]:
    """Yield blocks of records; only lines that are not JSON are rejected. Texts of payloads keep their length."""
    by_shape = LinesByShape(of_payloads)
    try:
        for text in _blocks_of_lines(chunks):
            require_few(by_shape.index)
            yield from by_shape.read(text)
    except DecodeError:
        yield from by_shape.rest()
        raise
    yield from by_shape.rest()


def _blocks_of_lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for piece in pieces_of(chunks):
        if len(rest) > RECORD_BYTES:  # skip to the end of a line that is too long
            piece = piece[end:] if (end := piece.find(b"\n")) >= 0 else b""
        text, start = rest + piece, 0
        size = min(max(BLOCK_BYTES, BLOCK_LINES * (text.find(b"\n") + 1)), RECORD_BYTES)
        # A line longer than a block becomes a block by itself.
        while end := (text.rfind(b"\n", start, start + size) + 1 or text.find(b"\n", start) + 1):
            yield text[start:end]
            start = end
        rest = text[start : start + RECORD_BYTES + 1]
    if rest:
        yield rest
