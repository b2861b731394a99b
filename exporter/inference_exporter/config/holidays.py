"""Holidays: dates such as ``2026-12-25``, or ``12-25`` for every year, in a list or in the lines of a file."""

import re
from datetime import date
from pathlib import Path
from typing import Annotated

from ..errors import ConfigError
from ..files import MEGABYTE, read_bytes
from .rules import Lines

EXPECTED = "YYYY-MM-DD, or MM-DD for every year"
_FORM = re.compile(r"(?:([0-9]{4})-)?([0-9]{2})-([0-9]{2})")
_LEAP_YEAR = 2000  # 29 February is a day of every year that has it


def parse_holiday(text: str) -> str:
    """Return a holiday as it was written.

    Raises
    ------
    ValueError
        If it is not a day of the calendar.
    """
    match = _FORM.fullmatch(text)
    try:
        if match:
            date(int(match[1] or _LEAP_YEAR), int(match[2]), int(match[3]))
            return text
    except ValueError:  # such as 30 February
        pass
    raise ValueError(f"expected {EXPECTED}, got {text!r}")


def read_holidays(path: Path) -> tuple[str, ...]:
    """Return the holidays of a file: one a line, perhaps followed by its name; ``#`` starts a comment.

    Raises
    ------
    ValueError
        If the file cannot be read.
    ConfigError
        With ``file:line: holidays: expected …, got …`` for the first mistake.
    """
    try:
        lines = read_bytes(path, MEGABYTE).decode("utf-8-sig").splitlines()
    except OSError as error:
        raise ValueError(f"expected a list of dates or a file of them, got {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: expected UTF-8 text, got byte {error.object[error.start]:#04x}") from error
    found = []
    for number, line in enumerate(lines, start=1):
        words = re.split(r"[\s,;]+", line.partition("#")[0].strip(), maxsplit=1)
        if words[0]:
            try:
                found.append(parse_holiday(words[0]))
            except ValueError as error:
                raise ConfigError(f"{path}:{number}: holidays: {error}") from error
    return tuple(found)


Holiday = Annotated[str, parse_holiday]
Holidays = Annotated[tuple[Holiday, ...], Lines(read_holidays)]
"""Holidays as they were written: a list, or a file."""
