"""Texts of JSON records, parsed together for speed."""

from collections.abc import Sequence
from dataclasses import replace

import orjson

from ..errors import DecodeError
from ..samples.records import Rows
from ..samples.rejections import Rejections
from ._limits import RECORD_BYTES, TEXT_LENGTH_AT_MOST, TOO_LONG, with_short_texts
from .json_text import parse_json, without_nul


def lines_of(text: bytes) -> list[bytes]:
    """Return the lines of a text that are not blank."""
    lines = list(filter(None, without_nul(text).split(b"\n")))
    return [line for line in lines if not line.isspace()] if any(map(bytes.isspace, lines)) else lines


def parse_joined(text: bytes, ends: Sequence[int], first_index: int, of_payloads: bool = False) -> Rows:
    """Parse records that commas separate; `ends` are the places of these commas and of the end."""
    if len(text) <= TEXT_LENGTH_AT_MOST:
        try:
            values = orjson.loads(without_nul(b"[" + text + b"]"))
        except orjson.JSONDecodeError:
            values = []
        # The same number on both sides: a comma inside a record would have given another.
        if len(values) == len(ends):
            return Rows(values, range(first_index, first_index + len(ends)))
    starts = [0, *(end + 1 for end in ends[:-1])]
    texts = [text[start:end] for start, end in zip(starts, ends, strict=True)]
    return parse_records(texts, range(first_index, first_index + len(ends)), of_payloads)


def parse_records(texts: Sequence[bytes], indices: Sequence[int], of_payloads: bool = False) -> Rows:
    """Parse the texts of records at some positions of the body; those that are not JSON are rejected."""
    longest = max(map(len, texts))
    try:
        values = orjson.loads(without_nul(b"[" + b",".join(texts) + b"]")) if longest <= RECORD_BYTES else []
    except orjson.JSONDecodeError:
        values = []
    rows = Rows(values, indices)
    if len(values) != len(texts):
        rows = _one_by_one(texts, indices)
    if longest > TEXT_LENGTH_AT_MOST:
        if of_payloads:
            return replace(rows, has_long_texts=True)
        rows = Rows([with_short_texts(value) for value in rows.values], rows.indices, rows.rejected)
    return rows


def _one_by_one(texts: Sequence[bytes], indices: Sequence[int]) -> Rows:
    good, places, rejected = [], [], Rejections()
    # The same broken text often repeats, so parse it only once.
    faults: dict[bytes, tuple[list[int], DecodeError]] = {}
    for index, text in zip(indices, texts, strict=True):
        if text in faults:
            faults[text][0].append(index)
            continue
        try:
            good.append(_parse_record(text))
            places.append(index)
        except DecodeError as error:
            faults[text] = ([index], error)
    for wrong, fault in faults.values():
        rejected.add_all(wrong, str(fault), fault.reason)
    return Rows(good, places, rejected)


def _parse_record(text: bytes) -> object:
    if len(text) > RECORD_BYTES:
        raise DecodeError(TOO_LONG, "too_large")
    return parse_json(text)
