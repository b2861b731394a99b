"""Lines of JSON, decoded in blocks for speed."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import orjson

from ..errors import DecodeError
from ..samples.records import Rows
from ..samples.rejections import Rejections
from ._limits import (
    BLOCK_BYTES,
    RECORD_BYTES,
    TEXT_LENGTH_AT_MOST,
    TOO_LONG,
    pieces_of,
    require_few,
    with_short_texts,
)
from .json_text import parse_json, without_nul

BLOCK_LINES = 128


def read_lines(chunks: Iterable[bytes], of_payloads: bool = False) -> Iterator[Rows]:
    """Yield blocks of records; only lines that are not JSON are rejected. Texts of payloads keep their length."""
    index = 0
    for lines in _blocks_of_lines(chunks):
        require_few(index)
        yield parse_records(lines, index, of_payloads)
        index += len(lines)


def _blocks_of_lines(chunks: Iterable[bytes]) -> Iterator[list[bytes]]:
    rest = b""
    for piece in pieces_of(chunks):
        if len(rest) > RECORD_BYTES:  # skip to the end of a line that is too long
            piece = piece[end:] if (end := piece.find(b"\n")) >= 0 else b""
        text, start = rest + piece, 0
        size = min(max(BLOCK_BYTES, BLOCK_LINES * (text.find(b"\n") + 1)), RECORD_BYTES)
        # A line longer than a block becomes a block by itself.
        while end := (text.rfind(b"\n", start, start + size) + 1 or text.find(b"\n", start) + 1):
            yield from _lines(text[start:end])
            start = end
        rest = text[start : start + RECORD_BYTES + 1]
    yield from _lines(rest)


def _lines(text: bytes) -> Iterator[list[bytes]]:
    lines = [line for line in text.split(b"\n") if line and not line.isspace()]
    if lines:
        yield lines


def parse_joined(text: bytes, ends: Sequence[int], first_index: int, of_payloads: bool = False) -> Rows:
    """Parse records that commas separate; `ends` are the places of these commas and of the end."""
    if len(text) <= TEXT_LENGTH_AT_MOST:
        try:
            values = orjson.loads(without_nul(b"[" + text + b"]"))
        except orjson.JSONDecodeError:
            values = []
        if len(values) == len(ends):
            return Rows(values, range(first_index, first_index + len(ends)))
    starts = [0, *(end + 1 for end in ends[:-1])]
    return parse_records([text[start:end] for start, end in zip(starts, ends, strict=True)], first_index, of_payloads)


def parse_records(texts: Sequence[bytes], first_index: int, of_payloads: bool = False) -> Rows:
    """Parse the texts of records; those that are not JSON are rejected."""
    longest = max(map(len, texts))
    try:
        values = orjson.loads(without_nul(b"[" + b",".join(texts) + b"]")) if longest <= RECORD_BYTES else []
    except orjson.JSONDecodeError:
        values = []
    rows = Rows(values, range(first_index, first_index + len(texts)))
    if len(values) != len(texts):
        rows = _one_by_one(texts, first_index)
    if longest > TEXT_LENGTH_AT_MOST:
        if of_payloads:
            return replace(rows, has_long_texts=True)
        rows = Rows([with_short_texts(value) for value in rows.values], rows.indices, rows.rejected)
    return rows


def _one_by_one(texts: Sequence[bytes], first_index: int) -> Rows:
    good, indices, rejected = [], [], Rejections()
    # The same broken text often repeats, so parse it only once.
    faults: dict[bytes, tuple[list[int], DecodeError]] = {}
    for index, text in enumerate(texts, first_index):
        if text in faults:
            faults[text][0].append(index)
            continue
        try:
            good.append(_parse_record(text))
            indices.append(index)
        except DecodeError as error:
            faults[text] = ([index], error)
    for places, fault in faults.values():
        rejected.add_all(places, str(fault), fault.reason)
    return Rows(good, indices, rejected)


def _parse_record(text: bytes) -> object:
    if len(text) > RECORD_BYTES:
        raise DecodeError(TOO_LONG, "too_large")
    return parse_json(text)
