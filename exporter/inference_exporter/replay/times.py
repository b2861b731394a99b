"""Event times as people record them: RFC 3339, Unix seconds or milliseconds, a date, a month."""

import re

import numpy as np

from ..arrays import Column, DictionaryColumn, Floats
from ..samples.faults import Fault
from ..samples.times import MILLISECONDS_FROM, parsed_time

_MONTH = re.compile(r"\d{4}-\d{2}")
EXPECTED = "expected RFC 3339, Unix seconds or a date"


def times_of(column: Column) -> Floats:
    """Return times as Unix seconds, shape (n,); NaN where a value is no time. Without a zone a time is UTC."""
    if isinstance(column, np.ndarray):
        return _seconds(column)
    if isinstance(column, DictionaryColumn):
        return np.asarray(column.map(times_of(column.values), np.nan), dtype=np.float64)
    return np.array([_time(value) for value in column], dtype=np.float64)


def _seconds(numbers: Floats) -> Floats:
    if len(numbers) and np.max(np.abs(numbers)) < MILLISECONDS_FROM:  # false where any is NaN
        return numbers
    seconds = np.where(np.abs(numbers) >= MILLISECONDS_FROM, numbers / 1000, numbers)
    seconds[~(np.abs(seconds) < MILLISECONDS_FROM)] = np.nan
    return seconds


def _time(value: object) -> float:
    if isinstance(value, str):
        if _MONTH.fullmatch(value):
            value = f"{value}-01"  # a month stands for its first day
        else:
            try:
                return float(_seconds(np.array([float(value)]))[0])
            except ValueError:
                pass
    try:
        return parsed_time(value)
    except Fault:
        return np.nan
