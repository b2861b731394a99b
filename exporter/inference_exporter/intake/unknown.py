"""The last payloads that could not be read, for a person to look at: their shape, without their values."""

import json
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

# What a page can show, and a person read.
BYTES_AT_MOST, BODIES_AT_MOST = 1 << 17, 50
BODY_LENGTH_AT_MOST = 4096
NAMES_AT_MOST, NAME_LENGTH_AT_MOST, DEPTH_AT_MOST, TEXT_LENGTH_AT_MOST = 40, 60, 6, 200


@dataclass(frozen=True, slots=True)
class UnknownPayload:
    """A payload that could not be read."""

    received_timestamp_seconds: float
    reason: str
    message: str
    """What was expected, and where; what `check payload` says."""
    payload: str
    """The payload in JSON: types in place of values, unless values are shown."""


class UnknownPayloads:
    """A ring of them, bounded in bytes; the oldest makes room.

    Parameters
    ----------
    show : bool
        Whether values are kept.
    """

    def __init__(self, show: bool = False) -> None:
        self._show = show
        self._lock = threading.Lock()
        self._kept: deque[UnknownPayload] = deque()
        self._size = 0

    def add(self, value: Any, message: str, reason: str, now: float) -> None:
        """Keep a payload."""
        # What a message says after "got" is from the payload.
        said = message if self._show else message.partition(", got")[0]
        one = UnknownPayload(now, reason, said, written(shape_of(value, self._show)))
        with self._lock:
            self._kept.append(one)
            self._size += _size_of(one)
            while self._size > BYTES_AT_MOST or len(self._kept) > BODIES_AT_MOST:
                self._size -= _size_of(self._kept.popleft())

    def latest(self) -> tuple[UnknownPayload, ...]:
        """Return the payloads, the newest first."""
        with self._lock:
            return tuple(reversed(self._kept))


def shape_of(value: Any, show: bool = False, depth: int = 0) -> Any:
    """Return a value with its names and with types in place of its values; long and deep parts are left out."""
    if isinstance(value, Mapping | list) and depth == DEPTH_AT_MOST:
        return "…"
    if isinstance(value, Mapping):
        names = islice(value, NAMES_AT_MOST)
        shape = {str(name)[:NAME_LENGTH_AT_MOST]: shape_of(value[name], show, depth + 1) for name in names}
        return shape | ({"…": f"{len(value)} names"} if len(value) > NAMES_AT_MOST else {})
    if isinstance(value, np.ndarray):  # the numbers of a tensor
        value = value.tolist()
    if isinstance(value, list):
        # The first item stands for all: a list of rows would fill the whole entry.
        return [shape_of(item, show, depth + 1) for item in value[:1]] + [f"{len(value)} items"] * (len(value) > 1)
    if show:
        return value[:TEXT_LENGTH_AT_MOST] if isinstance(value, str) else value
    return _kind(value)


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str | bytes):
        return f"{'text' if isinstance(value, str) else 'bytes'} of {len(value)}"
    return "number"


def written(shape: Any) -> str:
    """Return a shape in JSON, at most the maximum length."""
    text = json.dumps(shape, default=str, ensure_ascii=False, separators=(",", ":"))
    # JSON may hold lone surrogates, which no page can encode.
    return text[:BODY_LENGTH_AT_MOST].encode(errors="replace").decode()


def _size_of(one: UnknownPayload) -> int:
    return len(one.message) + len(one.payload) + 200
