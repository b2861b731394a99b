"""Reading JSON: fast where it is strict; tolerant of what Python and JavaScript write, and of text no label can hold.

Text is cleaned here, once: half a character (a lone surrogate), bytes that are
not UTF-8 and NUL become U+FFFD, the replacement character. Nothing behind this
door needs to expect them.
"""

import json
import re

import orjson

from ..errors import DecodeError

# Only these (and numbers beyond what a float holds) make a second, slower parser worthwhile.
_TOLERATED = re.compile(r"NaN\b|Infinity\b|-?[0-9][0-9.]*(?:[eE]\+?[0-9]{3})?")
# An escape that is whole (a backslash, a pair of surrogates), or else one that no text may hold.
_ESCAPES = re.compile(
    rb"\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u(?:[dD][89a-fA-F][0-9a-fA-F]{2}|0000))"
)
_SUSPECT = re.compile(rb"\\u(?:[dD][89a-fA-F]|0000)")
_NUL = rb"\u0000"
REPLACEMENT = rb"\ufffd"


def parse_json(text: bytes) -> object:
    """Return the value of a JSON text.

    Raises
    ------
    DecodeError
        If the text is not JSON; the message says where.
    """
    try:
        return orjson.loads(without_nul(text))
    except orjson.JSONDecodeError as error:
        cleaned = _cleaned(text)
        try:
            return orjson.loads(cleaned)
        except orjson.JSONDecodeError as fault:
            # Where the strict parser stopped, and only there: to search a long body that is wrong takes seconds.
            tolerated = _TOLERATED.match(fault.doc, fault.pos)
        if tolerated:
            try:
                return json.loads(cleaned)
            except (ValueError, RecursionError):
                pass
        raise DecodeError(f"expected JSON, got: {error.msg} at byte {error.pos}", "not_json") from error


def without_nul(text: bytes) -> bytes:
    """Return a text whose strings hold no NUL, which is legal in JSON and ends a scrape; most texts come back as is."""
    return _ESCAPES.sub(_replaced, text) if _NUL in text else text


def _cleaned(text: bytes) -> bytes:
    cleaned = _ESCAPES.sub(_replaced, text) if _SUSPECT.search(text) else text
    return cleaned.decode("utf-8", "replace").encode()


def _replaced(escape: re.Match[bytes]) -> bytes:
    return REPLACEMENT if escape[1] else escape[0]
