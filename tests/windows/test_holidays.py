"""Holidays as a season."""

from datetime import UTC, date, datetime

import numpy as np
from inference_exporter.windows.holidays import HOLIDAY, Calendar, season_named
from inference_exporter.windows.seasons import SEASONS

DAY = 86400.0


def seconds(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def test_dates_are_one_day_and_months_with_days_are_yearly():
    """Each day of four years is a holiday exactly if the list has it."""
    season = season_named(HOLIDAY, ("2026-04-03", "12-25", "02-29"))
    times = np.arange(seconds("2025-01-01"), seconds("2029-01-01"), DAY)
    days = [datetime.fromtimestamp(time, UTC).date() for time in times]
    expected = [day == date(2026, 4, 3) or (day.month, day.day) in ((12, 25), (2, 29)) for day in days]
    for moment in (0.0, DAY - 1):
        assert (season.part_of(times + moment) == 1).tolist() == expected


def test_holidays_that_follow_one_another_are_one_occurrence():
    """The days of a run count as the first of them; other days count for themselves, before 1970 too."""
    season = Calendar(("2026-12-25", "12-26", "2026-12-27", "1965-01-01")).season()
    times = np.array([seconds(f"2026-12-{day}T07:00") for day in (24, 25, 26, 27, 28)])
    first = int(times[0] // DAY)
    assert season.cycle_of(times).tolist() == [first, first + 1, first + 1, first + 1, first + 4]
    assert season.part_of(np.array([seconds("1965-01-01T12:00")])).tolist() == [1]


def test_other_seasons_need_no_holidays():
    """Hours, weekdays and months are what they are without a list."""
    assert all(season_named(key, ()) is season for key, season in SEASONS.items())
