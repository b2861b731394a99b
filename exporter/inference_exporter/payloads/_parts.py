"""Parts of documents: what they must be, and what they hold as text."""

import json
from collections.abc import Mapping
from typing import Any

import orjson

from ._base import Document, UnreadablePayload

# Layers seen in the field: a body as text in a row, itself text in a log line.
ENCODED_AT_MOST = 3


def text_or_none(value: Any) -> str | None:
    """Return a value as text, None if there is none."""
    return None if value is None or value == "" else str(value)


def object_of(value: Any, name: str) -> Document:
    """Return an object.

    Raises
    ------
    UnreadablePayload
        If the value is something else.
    """
    if not isinstance(value, Mapping):
        raise UnreadablePayload(f"{name}: expected an object, got {type(value).__name__}")
    return value


def list_of(value: Any, name: str) -> list[Any]:
    """Return a list.

    Raises
    ------
    UnreadablePayload
        If the value is something else.
    """
    if not isinstance(value, list):
        raise UnreadablePayload(f"{name}: expected a list, got {type(value).__name__}")
    return value


def json_of(value: Any, name: str) -> Any:
    """Return what a text in JSON means, also if it was encoded several times; any other value as it is.

    Raises
    ------
    UnreadablePayload
        If a text is not JSON.
    """
    for _ in range(ENCODED_AT_MOST):
        if not isinstance(value, str):
            break
        value = _parsed(value, name)
    return value


def _parsed(text: str, name: str) -> Any:
    try:
        return orjson.loads(text)
    except ValueError:
        pass
    try:
        return json.loads(text)  # with NaN and Infinity
    except (ValueError, RecursionError) as error:
        raise UnreadablePayload(f"{name}: expected JSON: {error}") from None


def seconds_of(milliseconds: Any) -> float | None:
    """Return milliseconds as seconds, None if they are no number."""
    try:
        # float(True) is 1.0: a flag in the wrong column would become a latency.
        return None if milliseconds is None or isinstance(milliseconds, bool) else float(milliseconds) / 1000
    except (TypeError, ValueError, OverflowError):
        return None


def code_of(value: Any) -> int | None:
    """Return a status code; None if it is not a number."""
    try:
        return None if value is None or isinstance(value, bool) else int(value)
    except (TypeError, ValueError, OverflowError):
        return None
