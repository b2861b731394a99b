"""Times as people and programs write them, as Unix seconds: texts, and numbers in any common unit."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..arrays import Column, DictionaryColumn, Floats
from .faults import Fault, shown
from .numbers import as_numbers

# Unix times in milliseconds, as JavaScript writes them: as seconds they would be the year 5138. Micro- and nanoseconds,
# from pandas and Arrow, begin where the previous unit would be beyond it.
UNITS = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3))
GREATEST = 1e11
YEAR = 365.25 * 86400
EXPECTED = "expected RFC 3339, Unix seconds or a date"
_MONTH = re.compile(r"\d{4}-\d{2}")
_DIGITS = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")
# Whole numbers that are dates in digits: 20240101, 202401011230, 20240101123000. As seconds or milliseconds they would
# be in 1970 to 1976, or after the year 2600.
_DATES = ((1980_01_01, 2100_12_31, "%Y%m%d"), (1980_01_01_00_00, 2100_12_31_23_59, "%Y%m%d%H%M"),
          (1980_01_01_00_00_00, 2100_12_31_23_59_59, "%Y%m%d%H%M%S"))  # fmt: skip
_HOURS = (
    1980_01_01_00,
    2100_12_31_23,
    "%Y%m%d%H",
)  # as seconds, in 2032 to 2036: once that has passed, they are seconds
_MONTHS = (1980_01, 2100_12, "%Y%m")  # only for a whole column: a single one may be seconds of 3 January 1970
# Days since 1970 from 1980 on, and days since 1900 as in spreadsheets until 2100; they may also be seconds of the first
# day of 1970, or row numbers.
_DAYS = (3652.0, 73_050.0)
_YEARS = (1900.0, 2100.0)
_EARLY, _RECENT = 10 * YEAR, 20 * YEAR  # 1980, 1990


@dataclass(frozen=True)
class Times:
    """Unix seconds, NaN if a value is not a time, and a note on how they were read."""

    seconds: Floats
    note: str = ""
    ambiguous: str = ""
    """Why these numbers are ambiguous."""


def seconds_of(numbers: Floats) -> Floats:
    """Return Unix times in any unit, from seconds to nanoseconds, as seconds; infinite if out of range."""
    size = np.abs(numbers)
    if not len(numbers) or size.max() < GREATEST:  # false if any is NaN
        return numbers
    seconds = numbers.copy()
    for least, unit in reversed(UNITS):
        seconds = np.where(size >= least, numbers / unit, seconds)
    return np.where(np.abs(seconds) < GREATEST, seconds, np.where(np.isnan(size), np.nan, np.inf))


def dates_of(numbers: Floats, forms: Sequence[tuple[float, float, str]] = _DATES) -> Floats | None:
    """Return whole numbers that are all dates in digits as Unix seconds, otherwise None."""
    present = numbers[~np.isnan(numbers)]
    if not len(present):
        return None
    for least, greatest, form in forms:
        if least <= present[0] <= greatest and ((present >= least) & (present <= greatest)).all():
            return _mapped(numbers, lambda number, form=form: _date(number, form))  # type: ignore[misc]
    return None


def _mapped(numbers: Floats, change: Callable[[float], float]) -> Floats | None:
    different, places = np.unique(numbers, return_inverse=True)
    try:
        return np.array([change(number) for number in different.tolist()])[places]
    except ValueError:
        return None


def _date(number: float, form: str) -> float:
    if number != number:
        return number
    if number != int(number):
        raise ValueError(number)
    return datetime.strptime(str(int(number)), form).replace(tzinfo=UTC).timestamp()


def numbers_as_times(numbers: Floats) -> Floats:
    """Return the numbers of one sender as Unix seconds: dates in digits, or Unix times in any unit."""
    dates = dates_of(numbers)
    return seconds_of(numbers) if dates is None else dates


def parsed_time(value: object) -> float:
    """Return RFC 3339 text or a Unix time as Unix seconds, NaN if missing; text without a zone is UTC.

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
        return float(sample_times([value], 1)[0])
    raise Fault(f"time: expected RFC 3339 or Unix seconds, got {shown(value)}")


def sample_times(column: Any, size: int) -> Floats:
    """Return the times of samples as Unix seconds, NaN if absent.

    Raises
    ------
    Fault
        If a value is not a time.
    """
    if column is None:
        return np.full(size, np.nan)
    if not isinstance(column, np.ndarray) and not set(map(type, column)) <= {int, float, type(None)}:
        return np.array([parsed_time(value) for value in column])
    try:
        times = numbers_as_times(np.array(column, dtype=np.float64))
    except OverflowError:
        times = np.array([np.inf])
    if np.isinf(times).any():
        raise Fault("time: expected Unix seconds or RFC 3339, got a number out of range")
    return times


def text_as_time(text: str) -> float:
    """Return a time from a file: RFC 3339, a month (its first day), or digits; NaN if it is not a time."""
    if _MONTH.fullmatch(text):
        text = f"{text}-01"
    try:
        return parsed_time(float(text) if _DIGITS.fullmatch(text) else text.strip())
    except Fault:
        return np.nan


def times_of(column: Column, now: float) -> Times:
    """Return the times of a whole column, read in the one way that makes sense of all of them.

    Parameters
    ----------
    now : float
        Today: times far in the future cannot belong to a recording.
    """
    if isinstance(column, DictionaryColumn):
        of_values = times_of(list(column.values), now)
        return replace(of_values, seconds=np.asarray(column.map(of_values.seconds, np.nan), dtype=np.float64))
    if not isinstance(column, np.ndarray):
        if not set(map(type, column)) <= {int, float, type(None)}:
            return plausible(_of_values(column), now)
        column = as_numbers(column)
    dates = dates_of(column, _forms(column, now))
    if dates is not None:
        return plausible(dates, now, "whole numbers are read as dates (20240101), not as seconds")
    seconds = seconds_of(column)
    if np.isinf(seconds).any():
        seconds = np.where(np.isinf(seconds), np.nan, seconds)
    return replace(plausible(seconds, now), ambiguous=_ambiguous(column))


def _forms(numbers: Floats, now: float) -> Sequence[tuple[float, float, str]]:
    """Return the forms of dates in digits that a column may have."""
    future = len(numbers) > 0 and not np.nanmin(numbers, initial=np.inf) < now + YEAR
    return (*_DATES, _MONTHS, *([_HOURS] if future else []))


def _ambiguous(numbers: Floats) -> str:
    present = numbers[~np.isnan(numbers)]
    if not len(present):
        return ""
    least, greatest = float(present.min()), float(present.max())
    if _DAYS[0] <= least and greatest <= _DAYS[1]:
        return f"{least:g} to {greatest:g}: days, as spreadsheets count them, or seconds of 1 January 1970?"
    if _YEARS[0] <= least and greatest <= _YEARS[1]:
        return f"{least:g} to {greatest:g}: years, or seconds of 1 January 1970?"
    return ""


def _of_values(column: Sequence[object]) -> Floats:
    known: dict[object, float] = {}
    times = np.full(len(column), np.nan)
    for row, value in enumerate(column):
        try:
            if value not in known:
                known[value] = text_as_time(value) if isinstance(value, str) else parsed_time(value)
            times[row] = known[value]
        except (Fault, TypeError):  # a list is neither a time nor hashable
            pass
    return times


def plausible(seconds: Floats, now: float, note: str = "") -> Times:
    """Leave out times that cannot belong to the same recording, such as 0 and 9999-12-31 for unknown ones."""
    present = seconds[~np.isnan(seconds)]
    if not len(present):
        return Times(seconds, note)
    middle = float(np.median(present))
    if middle >= _RECENT:
        odd = (seconds < _EARLY) | (seconds > max(now, middle) + 20 * YEAR)
        if odd.any():
            more = f"{np.count_nonzero(odd):,} times before 1980 or far in the future are ignored"
            return Times(_without(seconds, odd), "; ".join(part for part in (note, more) if part))
    elif present.min() >= 0 and present.max() < YEAR:
        more = "all times lie in 1970: if they are not Unix seconds, write them as RFC 3339"
        return Times(seconds, "; ".join(part for part in (note, more) if part))
    return Times(seconds, note)


def _without(seconds: Floats, odd: NDArray[np.bool_]) -> Floats:
    return np.where(odd, np.nan, seconds)
