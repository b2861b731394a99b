"""NDJSON: one JSON object a line."""

from collections.abc import Iterator, Sequence

import orjson

from ..batch import Rejected
from ..errors import DecodeError
from ._base import Rows, WireFormat
from .json_text import parse_json

BLOCK_BYTES = 1 << 20  # decoded together: large enough to be columnar, small enough to stay in the caches
BLOCK_LINES = 2000


def read_lines(chunks: Iterator[bytes]) -> Iterator[Rows]:
    """Yield blocks of records; a line that is no JSON is rejected alone."""
    index = 0
    for lines in _blocks_of_lines(chunks):
        rows = _parse_lines(lines, index)
        index += len(rows.values) + len(rows.rejected)
        yield rows


def _blocks_of_lines(chunks: Iterator[bytes]) -> Iterator[list[bytes]]:
    rest, pending = b"", []
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        pending += [line for line in lines if line and not line.isspace()]
        while len(pending) >= BLOCK_LINES:
            yield pending[:BLOCK_LINES]
            pending = pending[BLOCK_LINES:]
    if rest and not rest.isspace():
        pending.append(rest)
    if pending:
        yield pending


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


FORMAT = WireFormat(
    key="ndjson",
    content_types=("application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"),
    read=read_lines,
)
