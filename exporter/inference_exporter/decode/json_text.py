"""Reading JSON: fast where it is strict, tolerant of NaN and Infinity (as Python writes them) and of huge numbers."""

import json
import re

import orjson

from ..errors import DecodeError

# Only these (and numbers beyond what a float holds) make a second, slower parser worthwhile; it would also take lone
# surrogates, which no label can hold.
_TOLERATED = re.compile(rb"\bNaN\b|\bInfinity\b|[0-9][eE]\+?[0-9]{3}|[0-9]{300}")
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
