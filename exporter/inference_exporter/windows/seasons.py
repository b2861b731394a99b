"""Seasons: the hour of the day, the day of the week or the month of the year of a sample, in UTC."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..arrays import Counts, Floats

HOUR_SECONDS, DAY_SECONDS = 3600.0, 86400.0
THURSDAY = 3  # the first of January 1970, where Monday is 0


@dataclass(frozen=True)
class Season:
    """A way to divide time into `n_parts` that recur: `part_of` returns the part of each time, in Unix seconds."""

    n_parts: int
    part_of: Callable[[Floats], NDArray[np.intp]]


def _month(times: Floats) -> NDArray[np.intp]:
    months = np.floor(times).astype("datetime64[s]").astype("datetime64[M]")
    return months.astype(np.int64).astype(np.intp) % 12


SEASONS = {
    "hour_of_day": Season(24, lambda times: (times // HOUR_SECONDS % 24).astype(np.intp)),
    "day_of_week": Season(7, lambda times: ((times // DAY_SECONDS + THURSDAY) % 7).astype(np.intp)),
    "month_of_year": Season(12, _month),
}


def mixed(parts: Counts, rows: Counts, whole: Counts, weights: Counts) -> Floats:
    """Return the reference for the mixture of seasons that a window's samples come from.

    Parameters
    ----------
    parts : ndarray of int, shape (n_parts, n_cells)
        The reference's counts in each part of the season.
    rows : ndarray of int, shape (n_parts,)
        Number of rows in each part.
    whole : ndarray of int, shape (n_cells,)
        The counts of the whole reference, used for parts without rows.
    weights : ndarray of int, shape (n_parts,)
        The window's samples in each part.

    Returns
    -------
    ndarray of float, shape (n_cells,)
        Counts of a sample large enough to carry the same noise as the mixture (stratified sampling: Neyman 1934,
        J. R. Stat. Soc. 97(4):558-625).
    """
    shares = weights / weights.sum()
    total = max(int(rows.sum()), 1)
    empty = rows == 0
    sizes = np.where(empty, total, rows)
    densities = np.where(empty[:, np.newaxis], whole / total, parts / sizes[:, np.newaxis])
    effective = 1.0 / (np.square(shares) / sizes).sum()
    return np.asarray((shares @ densities) * effective)
