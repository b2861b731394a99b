"""Seasons: the hour of the day, the day of the week or the month of the year of a sample, in UTC."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..arrays import Cells, Counts, Floats

HOUR_SECONDS, DAY_SECONDS, WEEK_DAYS = 3600.0, 86400.0, 7
THURSDAY = 3  # the first of January 1970, where Monday is 0
ROUNDING = 1e-12  # shares below it are differences of equal numbers


@dataclass(frozen=True)
class Season:
    """A way to divide time into `n_parts` that recur in every cycle: a day, a week, a year.

    `part_of` and `cycle_of` return the part and the number of the cycle of each time, in Unix seconds.
    """

    n_parts: int
    part_of: Callable[[Floats], NDArray[np.intp]]
    cycle_of: Callable[[Floats], NDArray[np.intp]]
    least_cycles: int
    """With fewer, parts resemble each other by chance."""
    rare: bool = False
    """Whether the first part holds nearly all times, so that only the other parts show whether there is a season."""


def _months(times: Floats) -> NDArray[np.intp]:
    months = np.floor(times).astype("datetime64[s]").astype("datetime64[M]")
    return months.astype(np.int64).astype(np.intp)


def days_of(times: Floats) -> NDArray[np.intp]:
    """Return the day of each time, as a number since 1970."""
    return (times // DAY_SECONDS).astype(np.intp)


SEASONS = {
    "hour_of_day": Season(24, lambda times: (times // HOUR_SECONDS % 24).astype(np.intp), days_of, 7),
    "day_of_week": Season(
        WEEK_DAYS,
        lambda times: (days_of(times) + THURSDAY) % WEEK_DAYS,
        lambda times: (days_of(times) + THURSDAY) // 7,
        4,
    ),
    "month_of_year": Season(12, lambda times: _months(times) % 12, lambda times: _months(times) // 12, 2),
}


@dataclass(frozen=True, eq=False)
class SeasonCounts:
    """What a reference knows of one season."""

    parts: Counts | Floats
    """Its counts in each part, shape (n_parts, n_cells)."""
    rows: Counts
    """Number of rows in each part, shape (n_parts,)."""
    columns: NDArray[np.bool_]
    """The columns that have the season, shape (n_columns,)."""


class Mixture:
    """The reference for the mixture of seasons that a window's samples come from, season upon season.

    Each season adds the difference between its parts and the whole to the shares of the whole, in the columns that
    have it. Counts are those of a sample large enough to carry the same noise as the mixture (stratified sampling:
    Neyman 1934, J. R. Stat. Soc. 97(4):558-625).

    Parameters
    ----------
    whole : ndarray of int, shape (n_cells,)
        The counts of the whole reference; also used for parts without rows.
    starts : ndarray of int, shape (n_columns,)
        The first cell of each column.
    seasons : sequence of SeasonCounts
    """

    def __init__(self, whole: Counts, starts: Cells, seasons: Sequence[SeasonCounts]) -> None:
        self._starts = starts
        self._sizes = np.diff([*starts.tolist(), len(whole)])
        self._total = float(max(np.add.reduceat(whole, starts)[0], 1))
        self._columns = [season.columns for season in seasons]
        self._rows = [np.where(season.rows == 0, self._total, season.rows) for season in seasons]
        share = whole / self._total
        self._densities = [np.where(self._cells(season.columns), _densities(season, share), 0.0) for season in seasons]
        number = self._cells(np.sum([np.zeros(len(starts)), *self._columns], axis=0))
        self._without = (1 - number) * share

    def of(self, weights: Sequence[Counts]) -> Floats:
        """Return the expected counts, shape (n_cells,), given the window's samples in each part of each season."""
        density = self._without.copy()
        noise = np.full(len(self._starts), 1 / self._total)
        for own, rows, densities, columns in zip(weights, self._rows, self._densities, self._columns, strict=True):
            shares = own / own.sum()
            density += shares @ densities
            noise += columns * ((np.square(shares) / rows).sum() - 1 / self._total)
        # Several seasons may add up to less than nothing where each makes a value rare.
        density = np.where(density > ROUNDING, density, 0.0)
        effective = 1 / np.maximum(noise, 1 / self._total)
        return np.asarray(density * self._cells(effective / np.add.reduceat(density, self._starts)))

    def _cells(self, of_columns: Any) -> Any:
        return np.repeat(of_columns, self._sizes)


def _densities(season: SeasonCounts, whole: Floats) -> Floats:
    empty = (season.rows == 0)[:, np.newaxis]
    return np.where(empty, whole, season.parts / np.maximum(season.rows, 1)[:, np.newaxis])
