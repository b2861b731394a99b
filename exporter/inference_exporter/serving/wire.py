"""Frames between front and worker: two lengths, a JSON head, a raw body."""

import struct
from collections.abc import Mapping
from typing import Any

import orjson

# Sizes below 4 GB: bodies are far smaller.
LENGTHS = struct.Struct("!II")


def frame_start(head: Mapping[str, Any], body_size: int) -> bytes:
    """Return the part of a frame before its body."""
    encoded = orjson.dumps(head)
    return LENGTHS.pack(len(encoded), body_size) + encoded
