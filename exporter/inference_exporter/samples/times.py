"""Times of samples, outcomes and events: RFC 3339 text, Unix seconds or milliseconds."""

from datetime import UTC, datetime
from typing import Any

import numpy as np

from ..arrays import Floats
from .faults import Fault, shown

# Unix times in milliseconds, as JavaScript writes them: the same number of seconds would be the year 5138.
MILLISECONDS_FROM = 1e11


def times_of(column: Any, size: int) -> Floats:
    """Return event times as Unix seconds, NaN where there are none."""
    if column is None:
        return np.full(size, np.nan)
    if not isinstance(column, np.ndarray) and not set(map(type, column)) <= {int, float, type(None)}:
        return np.array([parsed_time(value) for value in column])
    try:
        times = np.array(column, dtype=np.float64)
    except OverflowError:
        times = np.array([np.inf])
    times = np.where(np.abs(times) >= MILLISECONDS_FROM, times / 1000, times)
    if (np.abs(times) >= MILLISECONDS_FROM).any():
        raise Fault("time: expected Unix seconds or RFC 3339, got a number out of range")
    return times


def parsed_time(value: object) -> float:
    """Return RFC 3339 text or Unix seconds as Unix seconds, NaN where missing; text without a zone is UTC.

    Raises
    ------
    Fault
        If it is neither.
    """
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value.upper())
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError) as error:
            raise Fault(f"time: expected RFC 3339 or Unix seconds, got {shown(value)}") from error
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return float(times_of([value], 1)[0])
    raise Fault(f"time: expected RFC 3339 or Unix seconds, got {shown(value)}")
