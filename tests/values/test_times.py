"""Times in any common notation."""

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inference_exporter.values.times import numbers_as_times, text_as_time, times_of

NOW = datetime(2026, 11, 27, tzinfo=UTC).timestamp()
MOMENT = datetime(2026, 2, 1, tzinfo=UTC).timestamp()
DAYS = st.datetimes(datetime(1990, 1, 1), datetime(2026, 11, 1))


@pytest.mark.parametrize(
    "text",
    ["2026-02-01T00:00:00Z", "2026-02-01 01:00:00+01:00", "2026-02-01", "2026-02", "1769904000", "1769904000000",
     "1769904000000000", "1769904000000000000", "20260201", "202602010000", "20260201000000", 1769904000],
)  # fmt: skip
def test_one_moment_however_written(text):
    """RFC 3339, a date, a month, digits, and Unix times in seconds to nanoseconds are one moment."""
    assert times_of([text, text], NOW).seconds.tolist() == [MOMENT] * 2


@pytest.mark.parametrize("value", ["", "soon", None, True, "9e99", [1]])
def test_other_texts_are_unknown(value):
    """Anything else is NaN, with an error message."""
    assert np.isnan(times_of([value], NOW).seconds).all()


@given(st.lists(DAYS, min_size=1, max_size=20), st.sampled_from([1, 1e3, 1e6, 1e9]))
def test_units_are_recognised(days, unit):
    """Unix times of these decades are the same moments in any unit."""
    seconds = np.array([day.replace(tzinfo=UTC).timestamp() for day in days])
    np.testing.assert_allclose(numbers_as_times(seconds * unit), seconds, rtol=1e-9)


@given(st.lists(DAYS, min_size=1, max_size=20), st.sampled_from(["%Y%m%d", "%Y%m%d%H%M", "%Y%m%d%H%M%S"]))
def test_dates_in_digits_are_dates(days, form):
    """Whole numbers that are all dates in digits are these dates, alone or as a column."""
    expected = [datetime.strptime(day.strftime(form), form).replace(tzinfo=UTC).timestamp() for day in days]
    numbers = np.array([float(day.strftime(form)) for day in days])
    assert numbers_as_times(numbers).tolist() == times_of(numbers, NOW).seconds.tolist() == expected
    assert [text_as_time(day.strftime(form)) for day in days] == expected


def test_a_column_of_seconds_is_no_dates():
    """Seconds since some start include numbers that look like dates, and stay seconds."""
    numbers = np.arange(0.0, 3e7, 3600)
    assert times_of(numbers, NOW).seconds.tolist() == numbers.tolist()


@pytest.mark.parametrize("first", [45000.0, 19723.0, 2019.0])
def test_days_and_years_are_refused(first):
    """Days of a spreadsheet, days since 1970 and years cannot be distinguished from seconds."""
    assert times_of(first + np.arange(7.0), NOW).ambiguous


def test_a_column_says_what_was_guessed():
    """Dates in digits, and times of 1970, are read with a note."""
    assert "20240101" in times_of(np.array([20240101.0]), NOW).note
    assert "1970" in times_of(np.array([100.0, 200.0]), NOW).note
    assert not times_of(np.array([MOMENT, MOMENT + 1]), NOW).note


def test_times_that_cannot_be_of_the_same_recording_are_unknown():
    """0 and the year 9999 mean unknown among times of these years."""
    far = datetime(9999, 12, 31, tzinfo=UTC).timestamp()
    times = times_of(np.array([MOMENT, 0.0, MOMENT + 5, far, math.nan]), NOW)
    assert np.isnan(times.seconds).tolist() == [False, True, False, True, True]
    assert times.note.startswith("2 times before 1980")


def test_months_of_a_column():
    """Whole numbers that are all months mean their first days."""
    months = [datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=31 * n) for n in range(20)]
    numbers = np.array([float(month.strftime("%Y%m")) for month in months])
    assert times_of(numbers, NOW).seconds.tolist() == [month.replace(day=1).timestamp() for month in months]
