"""Streams of JSON documents in text: server-sent events, lines, an array, or one document after another."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from .faults import Fault

DOCUMENTS_AT_MOST = 200_000
DONE = "[DONE]"
"""The end of a stream of OpenAI's API; the only data that is not JSON."""
_DECODER = json.JSONDecoder()
_OTHER = re.compile(r"[^\s,\[\]]")
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
    if any(line.startswith("data:") for line in _LINE_ENDS.split(text)):
        return _loaded(_data_of(text))
    if text.lstrip("\ufeff \t\r\n").startswith("["):
        return _concatenated(text.lstrip("\ufeff"))
    try:
        return _loaded(line for line in _LINE_ENDS.split(text.lstrip("\ufeff")) if line.lstrip().startswith("{"))
    except Fault:
        return _concatenated(text.lstrip("\ufeff"))


def _loaded(parts: Iterable[str]) -> list[Any]:
    documents: list[Any] = []
    broken = ""
    for at, data in enumerate(parts):
        if at >= DOCUMENTS_AT_MOST:
            raise Fault(f"expected at most {DOCUMENTS_AT_MOST} events, got more")
        if broken:
            raise Fault(broken)
        try:
            documents.append(orjson.loads(data))
        except orjson.JSONDecodeError as error:
            broken = f"event {at}: expected JSON as data: {error}"
            if "after document" in str(error):  # complete, and so not cut
                raise Fault(broken) from error
    if broken and not documents:
        raise Fault(broken)
    return documents


def _data_of(text: str) -> Iterator[str]:
    """Yield the data of each event."""
    event: list[str] = []
    for line in [*_LINE_ENDS.split(text.lstrip("\ufeff")), ""]:
        if line.startswith("data:"):
            event.append(line.removeprefix("data:").removeprefix(" "))
        elif not line and event:
            data = "\n".join(event)
            if data.strip() not in ("", DONE):
                yield data
            event = []


def _concatenated(text: str) -> list[Any]:
    """Return the objects of an array, or of a text that has one after another, wherever its lines end."""
    documents: list[Any] = []
    at = _next(text, 0)
    while text.startswith("{", at):
        if len(documents) >= DOCUMENTS_AT_MOST:
            raise Fault(f"expected at most {DOCUMENTS_AT_MOST} documents, got more")
        try:
            document, end = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            if documents:  # cut
                return documents
            raise Fault(f"document 0: expected JSON: {error}") from error
        documents.append(document)
        at = _next(text, end)
    if at < len(text):
        raise Fault(f"document {len(documents)}: expected an object, got {text[at : at + 20]!r}")
    return documents


def _next(text: str, at: int) -> int:
    """Return where the next document begins."""
    found = _OTHER.search(text, at)
    return found.start() if found else len(text)
