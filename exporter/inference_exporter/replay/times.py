"""Event times of a recording: read in the one way that makes sense of all of them, and of today."""

import logging
import time
from pathlib import Path

from ..arrays import Column, Floats
from ..errors import TableError
from ..values.times import EXPECTED, Times, plausible, times_of

__all__ = ["EXPECTED", "file_moments", "file_times"]
log = logging.getLogger(__name__)


def file_times(column: Column, name: str, path: Path) -> Floats:
    """Return times as Unix seconds, shape (n,); NaN where a value is no time. Without a zone a time is UTC.

    Raises
    ------
    TableError
        If numbers may be times of one kind or another, and nobody can tell.
    """
    times = times_of(column, time.time())
    if times.ambiguous:
        raise TableError(f"{path}: {name}: {EXPECTED}, got {times.ambiguous}")
    return _noted(times, name, path)


def file_moments(seconds: Floats, name: str, path: Path) -> Floats:
    """Return times whose type left no doubt, less those that cannot be of one recording with the others."""
    return _noted(plausible(seconds, time.time()), name, path)


def _noted(times: Times, name: str, path: Path) -> Floats:
    if times.note:
        log.warning("%s: %s: %s", path, name, times.note)
    return times.seconds
