"""CloudEvents 1.0 in HTTP: attributes in headers (binary mode), or beside the data (structured mode)."""

from base64 import b64decode
from collections.abc import Mapping
from typing import Any

import orjson

from ._base import Attributes, Document, UnreadablePayload

PREFIX = "ce-"


def attributes_of(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the attributes of an event in binary mode, from headers by lower-case name; empty without an event."""
    return {name.removeprefix(PREFIX): value for name, value in headers.items() if name.startswith(PREFIX)}


def opened(document: Document, attributes: Attributes) -> tuple[Any, Attributes]:
    """Return data and attributes of an event in structured mode; any other document as it is.

    Raises
    ------
    UnreadablePayload
        If its data is not JSON.
    """
    if "specversion" not in document or not isinstance(document.get("type"), str):
        return document, attributes
    beside = {name: value for name, value in document.items() if isinstance(value, str) and name != "data_base64"}
    if "data_base64" not in document:
        return document.get("data"), beside
    try:
        return orjson.loads(b64decode(document["data_base64"], validate=True)), beside
    except (ValueError, TypeError) as error:
        raise UnreadablePayload(f"data_base64: expected JSON in base64: {error}") from None
