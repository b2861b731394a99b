"""JSON documents one after another, without anything between them or with blanks and record separators (RFC 7464)."""

import json
import re

DOCUMENTS_AT_MOST = 200_000
_DECODER = json.JSONDecoder()
_BETWEEN = re.compile(r"[\s\x1e]*")


def documents_one_after_another(text: str) -> tuple[list[str], str]:
    """Return the texts of objects and arrays, and what is wrong with what follows them; empty if nothing is."""
    found: list[str] = []
    at = _start(text, 0)
    while at < len(text):
        if text[at] not in "{[":
            return found, f"unexpected content after document {len(found)}"
        if len(found) >= DOCUMENTS_AT_MOST:
            return found, f"more than {DOCUMENTS_AT_MOST} documents"
        try:
            _, end = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            return found, f"document {len(found)}: {error}"
        found.append(text[at:end])
        at = _start(text, end)
    return found, ""


def _start(text: str, at: int) -> int:
    match = _BETWEEN.match(text, at)
    return match.end() if match else at
