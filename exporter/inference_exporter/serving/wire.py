"""Frames between the process that owns the sockets and the worker: two lengths, a head as JSON, a body as it is."""

import struct
from collections.abc import Mapping
from typing import Any

import orjson

LENGTHS = struct.Struct("!II")


def frame_start(head: Mapping[str, Any], body_size: int) -> bytes:
    """Return what comes before the body of a frame."""
    encoded = orjson.dumps(head)
    return LENGTHS.pack(len(encoded), body_size) + encoded
