"""Lines of JSON in blocks that decode fast."""

from collections.abc import Iterator, Sequence

import orjson

from ..errors import DecodeError
from ..samples.batch import Rejected
from ..samples.records import Rows
from .json_text import parse_json

# Decoded together: enough to be worth a column, and few enough that their objects stay in the processor's caches,
# where decoding is about twice as fast.
BLOCK_BYTES = 1 << 16
BLOCK_LINES = 128


def read_lines(chunks: Iterator[bytes]) -> Iterator[Rows]:
    """Yield blocks of records; a line that is no JSON is rejected alone."""
    index = 0
    for lines in _blocks_of_lines(chunks):
        rows = _parse_lines(lines, index)
        index += len(rows.values) + len(rows.rejected)
        yield rows


def _blocks_of_lines(chunks: Iterator[bytes]) -> Iterator[list[bytes]]:
    rest = b""
    for chunk in chunks:
        text, start = rest + chunk, 0
        size = max(BLOCK_BYTES, BLOCK_LINES * (text.find(b"\n") + 1))
        # A line longer than a block is a block of its own.
        while end := (text.rfind(b"\n", start, start + size) + 1 or text.find(b"\n", start) + 1):
            yield from _lines(text[start:end])
            start = end
        rest = text[start:]
    yield from _lines(rest)


def _lines(text: bytes) -> Iterator[list[bytes]]:
    lines = [line for line in text.split(b"\n") if line and not line.isspace()]
    if lines:
        yield lines


def _parse_lines(lines: Sequence[bytes], first_index: int) -> Rows:
    try:
        values = orjson.loads(b"[" + b",".join(lines) + b"]")
    except orjson.JSONDecodeError:
        values = []
    if len(values) == len(lines):
        return Rows(values, range(first_index, first_index + len(lines)))
    good, indices, rejected = [], [], []
    for index, line in enumerate(lines, first_index):
        try:
            good.append(parse_json(line))
            indices.append(index)
        except DecodeError as error:
            rejected.append(Rejected(index, str(error), error.reason))
    return Rows(good, indices, rejected)
