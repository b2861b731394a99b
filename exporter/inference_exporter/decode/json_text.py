"""Reading JSON: fast where it is strict, tolerant of the NaN and Infinity that Python's own encoder writes."""

import json
import re

import orjson

from ..errors import DecodeError

# Only these make a second, slower parser worthwhile; it would also take lone surrogates, which no label can hold.
_TOLERATED = re.compile(rb"\bNaN\b|\bInfinity\b")
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def parse_json(text: bytes) -> object:
    """Return the value of a JSON text.

    Raises
    ------
    DecodeError
        If it is none; the message says where.
    """
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        if _TOLERATED.search(text) and not _SURROGATE.search(text):
            try:
                return json.loads(text)
            except (ValueError, RecursionError):
                pass
        raise DecodeError(f"expected JSON, got: {error.msg} at byte {error.pos}", "not_json") from error
