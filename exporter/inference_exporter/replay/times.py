"""Event times of a recording: read in the one way that makes sense for all of them, today included."""

import logging
import time
from pathlib import Path

from ..arrays import Column, Floats
from ..errors import TableError
from ..values.times import EXPECTED, Times, plausible, times_of

__all__ = ["EXPECTED", "file_moments", "file_times"]
log = logging.getLogger(__name__)


def file_times(column: Column, name: str, path: Path) -> Floats:
    """Return times as Unix seconds, shape (n,); NaN if a value is not a time. A time without a zone is UTC.

    Raises
    ------
    TableError
        If numbers are ambiguous.
    """
    # "Today" bounds what is plausible: numbers that would be times in the future are not seconds.
    times = times_of(column, time.time())
    if times.ambiguous:
        raise TableError(f"{path}: {name}: {EXPECTED}, got {times.ambiguous}")
    return _noted(times, name, path)


def file_moments(seconds: Floats, name: str, path: Path) -> Floats:
    """Return times of an unambiguous type, without those that cannot belong to the same recording."""
    return _noted(plausible(seconds, time.time()), name, path)


def _noted(times: Times, name: str, path: Path) -> Floats:
    if times.note:
        log.warning("%s: %s: %s", path, name, times.note)
    return times.seconds
