"""Reads JSON: fast if it is strict, tolerant of what Python and JavaScript write and of text that no label can hold.

Text is cleaned here, once: lone surrogates, bytes that are not UTF-8 and NUL
become U+FFFD, the replacement character. No later code needs to expect them.
"""

import json
import re

import orjson

from ..errors import DecodeError

# Only these, and numbers beyond the range of a float, are worth a second, slower parser.
_TOLERATED = re.compile(r"NaN\b|Infinity\b|-?[0-9][0-9.]*(?:[eE]\+?[0-9]{3})?")
# A valid escape (a backslash, a pair of surrogates), or else (group 1) one that no text may contain.
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
        If the text is not JSON; the message gives the position.
    """
    try:
        return orjson.loads(without_nul(text))
    except orjson.JSONDecodeError as error:
        cleaned = _cleaned(text)
        try:
            return orjson.loads(cleaned)
        except orjson.JSONDecodeError as fault:
            # Look only where the strict parser stopped: searching a long invalid body takes seconds.
            tolerated = _TOLERATED.match(fault.doc, fault.pos)
        if tolerated:
            try:
                return json.loads(cleaned)
            except (ValueError, RecursionError):
                pass
        raise DecodeError(f"expected JSON, got: {error.msg} at byte {error.pos}", "not_json") from error


def without_nul(text: bytes) -> bytes:
    """Return a text without escaped NULs, which JSON allows but which would end a scrape; most texts are unchanged."""
    return _ESCAPES.sub(_replaced, text) if _NUL in text else text


def _cleaned(text: bytes) -> bytes:
    cleaned = _ESCAPES.sub(_replaced, text) if _SUSPECT.search(text) else text
    return cleaned.decode("utf-8", "replace").encode()


def _replaced(escape: re.Match[bytes]) -> bytes:
    return REPLACEMENT if escape[1] else escape[0]
