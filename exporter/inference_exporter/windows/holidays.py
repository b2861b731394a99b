"""Holidays as a season: days of a list, against all other days, in UTC."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..arrays import Floats
from .seasons import SEASONS, Season, days_of

HOLIDAY = "holiday"
LEAST_OCCURRENCES = 5  # holidays that follow one another are one
LONGEST_RUN_DAYS = 31


class Calendar:
    """The days of a list of holidays, such as ``2026-12-25``, or ``12-25`` for every year."""

    def __init__(self, holidays: Sequence[str]) -> None:
        dates = [text for text in holidays if len(text) > len("MM-DD")]
        self._dates = np.array(dates, dtype="datetime64[D]").astype(np.int64)
        self._days_of_years = np.array([int(text[:2]) * 100 + int(text[3:]) for text in {*holidays} - {*dates}])

    def has(self, days: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Return whether each day, as a number since 1970, is a holiday."""
        dates = days.astype("datetime64[D]")
        months = dates.astype("datetime64[M]")
        number = (months.astype(np.int64) % 12 + 1) * 100 + (dates - months).astype(np.int64) + 1
        return np.isin(days, self._dates) | np.isin(number, self._days_of_years)

    def season(self) -> Season:
        """Return the season with two parts: other days, and holidays."""
        return Season(2, lambda times: self.has(days_of(times)).astype(np.intp), self._occurrence_of,
                      LEAST_OCCURRENCES, rare=True)  # fmt: skip

    def _occurrence_of(self, times: Floats) -> NDArray[np.intp]:
        """Return the first day of the run of holidays that each time lies in; its day on other days."""
        days, places = np.unique(days_of(times), return_inverse=True)
        first = days.copy()
        going = self.has(days)
        for _ in range(LONGEST_RUN_DAYS):
            going &= self.has(first - 1)
            if not going.any():
                break
            first -= going
        return np.asarray(first[places])


def season_named(key: str, holidays: Sequence[str]) -> Season:
    """Return a season by its key."""
    return Calendar(holidays).season() if key == HOLIDAY else SEASONS[key]
