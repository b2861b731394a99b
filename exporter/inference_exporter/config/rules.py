"""Types of configuration values, and the error of a broken rule."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from .durations import parse_duration, parse_mode, parse_size
from .patterns import Pattern, PatternFault

Duration = Annotated[float, parse_duration]
"""Seconds, written as a Prometheus duration."""
Size = Annotated[int, parse_size]
"""Bytes, written with a unit."""
Mode = Annotated[int, parse_mode]
"""Permissions of a file, written in octal."""
Share = float
"""A number from 0 to 1."""


@dataclass(frozen=True)
class Lines:
    """Marks a list that a file of lines may stand for; `read` raises a ValueError if it cannot be read."""

    read: Callable[[Path], tuple[Any, ...]]


class FieldFault(ValueError):
    """A value breaks a rule of its class; the loader adds file and line."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


def require(holds: bool, key: str, expected: str, got: object) -> None:
    """Raise a FieldFault unless a rule holds."""
    if not holds:
        raise FieldFault(key, f"expected {expected}, got {got!r}")


def require_pattern(key: str, text: str) -> None:
    """Raise a FieldFault if a text is not a regular expression."""
    try:
        Pattern(text)
    except PatternFault as error:
        raise FieldFault(key, f"expected a regular expression, got {text!r} ({error})") from error
