"""Streams of JSON documents in text: server-sent events, or lines of JSON."""

import re
from collections.abc import Iterator
from typing import Any

import orjson

from .faults import Fault

DOCUMENTS_AT_MOST = 200_000
DONE = "[DONE]"
"""The end of a stream of OpenAI's API; the only data that is not JSON."""
_LINE_ENDS = re.compile(r"\r\n|\n|\r")


def looks_like_events(text: bytes) -> bool:
    """Return whether a text starts as server-sent events do."""
    return text.startswith((b"data:", b"event:", b":", b"id:", b"retry:"))


def documents_of(text: str) -> list[Any]:
    """Return the documents of a stream, in their order. A last one that is cut is left out: its client has gone.

    Raises
    ------
    Fault
        If the data of another event is not JSON, or there are too many.
    """
    documents: list[Any] = []
    broken = ""
    for at, data in enumerate(_data_of(text)):
        if at >= DOCUMENTS_AT_MOST:
            raise Fault(f"expected at most {DOCUMENTS_AT_MOST} events, got more")
        if broken:
            raise Fault(broken)
        try:
            documents.append(orjson.loads(data))
        except orjson.JSONDecodeError as error:
            broken = f"event {at}: expected JSON as data: {error}"
    if broken and not documents:
        raise Fault(broken)
    return documents


def _data_of(text: str) -> Iterator[str]:
    """Yield the data of each event; of text without events, each line that is an object."""
    lines = _LINE_ENDS.split(text.lstrip("\ufeff"))
    if not any(line.startswith("data:") for line in lines):
        yield from (line for line in lines if line.lstrip().startswith("{"))
        return
    event: list[str] = []
    for line in [*lines, ""]:
        if line.startswith("data:"):
            event.append(line.removeprefix("data:").removeprefix(" "))
        elif not line and event:
            data = "\n".join(event)
            if data.strip() not in ("", DONE):
                yield data
            event = []
