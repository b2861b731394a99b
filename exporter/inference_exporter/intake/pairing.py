"""Pairs the halves of an inference, its request and its response, in any order."""

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from math import isfinite
from typing import Any

from ..payloads._base import Inference, Prompt, Reply
from ..values.faults import Fault
from ..values.times import sample_times

HALVES = ("request", "response")
CELL_BYTES, INFERENCE_BYTES = 80, 2000
"""Upper bounds of what CPython needs for a number or a short text, and for an inference without them."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    half: Inference
    since: float
    size: int


class Pairing:
    """Halves that wait for their other half, bounded in bytes and in time.

    A half whose time is up, or that must make room, is released alone: a logger
    may send requests only, or lose an event, so that says nothing about errors.

    Parameters
    ----------
    bytes_at_most : int
        What all waiting halves may take.
    patience_seconds : float
        How long a half waits.
    """

    BUILT = ("_bytes_at_most", "_patience_seconds")

    def __init__(self, bytes_at_most: int, patience_seconds: float) -> None:
        self._bytes_at_most = bytes_at_most
        self._patience_seconds = patience_seconds
        self._lock = threading.Lock()
        self._waiting: dict[tuple[str, str], _Waiting] = {}
        self._held = 0
        self.unpaired = Counter(dict.fromkeys(HALVES, 0))
        self.repeated = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, source: str, half: Inference, now: float) -> tuple[list[Inference], bool]:
        """Take a half of `source`, or a whole inference.

        Returns the inferences that are complete by now, with halves that made room,
        and whether this half waits.
        """
        with self._lock:
            # Nothing could ever join it.
            if half.id is None or whole(half):
                return [half], False
            # Ids of different loggers may be equal by chance.
            key = (source, half.id)
            other = self._waiting.get(key)
            if other is None:
                self._keep(key, _Waiting(half, now, size_of(half)))
                return self._evicted(), key in self._waiting
            # Loggers deliver at least once: the first copy stays.
            if side_of(other.half) == side_of(half):
                self.repeated += 1
                return [], False
            self._remove(key)
            return [joined(other.half, half)], False

    def is_due(self, now: float) -> bool:
        """Return whether the time of a half is up."""
        with self._lock:
            return bool(self._waiting) and not self._is_patient(next(iter(self._waiting.values())), now)

    def _is_patient(self, waiting: _Waiting, now: float) -> bool:
        # A clock that was set back must not keep halves for ever.
        return 0 <= now - waiting.since < self._patience_seconds

    def expired(self, now: float) -> list[Inference]:
        """Return the halves whose time is up."""
        with self._lock:
            return self._expired(now)

    def _keep(self, key: tuple[str, str], waiting: _Waiting) -> None:
        self._waiting[key] = waiting
        self._held += waiting.size

    def _remove(self, key: tuple[str, str]) -> Inference:
        waiting = self._waiting.pop(key)
        self._held -= waiting.size
        return waiting.half

    def _alone(self, key: tuple[str, str]) -> Inference:
        half = self._remove(key)
        self.unpaired[side_of(half)] += 1
        return half

    def _expired(self, now: float) -> list[Inference]:
        done = []
        # A dictionary keeps the order of arrival, so the oldest is in front.
        while self._waiting:
            key, oldest = next(iter(self._waiting.items()))
            if self._is_patient(oldest, now):
                break
            done.append(self._alone(key))
        return done

    def _evicted(self) -> list[Inference]:
        done = []
        while self._held > self._bytes_at_most:
            done.append(self._alone(next(iter(self._waiting))))
        return done


def whole(inference: Inference) -> bool:
    """Return whether an inference has both halves."""
    return inference.requested is not None and inference.answered is not None


def side_of(half: Inference) -> str:
    """Return which half it is."""
    return "request" if half.answered is None else "response"


def joined(one: Inference, other: Inference) -> Inference:
    """Return the inference of two halves: what one lacks, the other gives; latency is the time between them."""
    missing = {
        field.name: getattr(other, field.name)
        for field in fields(Inference)
        if getattr(one, field.name) in (None, (), {}) and getattr(other, field.name) not in (None, (), {})
    }
    both = replace(one, **missing)
    if both.latency_seconds is not None:
        return both
    return replace(both, latency_seconds=_seconds_between(both.requested_at, both.answered_at))


def _seconds_between(start: Any, end: Any) -> float | None:
    if start is None or end is None:
        return None
    try:
        first, last = sample_times([start, end], 2)
    except Fault:
        return None
    seconds = float(last - first)
    return seconds if isfinite(seconds) and seconds >= 0 else None


def size_of(half: Inference) -> int:
    """Return about how many bytes a half takes."""
    rows: list[Sequence[Any] | dict[str, Any]] = list(half.requested.rows) if half.requested else []  # type: ignore[arg-type]
    answers = [*half.answered.predictions, *half.answered.scores] if half.answered else []
    if isinstance(half.requested, Prompt):
        rows.append(dict(half.requested.tools))
    if isinstance(half.answered, Reply):
        answers += [*half.answered.features, *((call.name, call.arguments) for call in half.answered.tool_calls)]
    return INFERENCE_BYTES + sum(map(_cells_bytes, rows)) + sum(map(_cells_bytes, answers))


def _cells_bytes(value: Any) -> int:
    size, left = 0, [value]
    while left:  # no recursion: JSON may be nested deeper than the interpreter's stack
        one = left.pop()
        size += CELL_BYTES
        if isinstance(one, dict):
            size += sum(CELL_BYTES + len(name) for name in one)
            left += one.values()
        elif isinstance(one, list | tuple):
            left += one
        elif isinstance(one, str):
            size += len(one)
    return size
