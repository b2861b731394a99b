"""What windows may be compared with instead of the whole reference: the seasons that it knows."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..reference.reference import Reference
from ..windows.holidays import HOLIDAY, season_named
from ..windows.seasons import SEASONS, Season, SeasonCounts
from .holidays import RECORD as HOLIDAYS
from .seasons import RECORD

KnownSeason = tuple[Season, SeasonCounts]


def configured_season(reference: Reference, key: str) -> list[KnownSeason]:
    """Return one season for every column of a reference; empty if it was not built with it."""
    learned = RECORD.of(reference)
    # Chosen seasons have counts of some columns only, so they cannot stand in for a configured one.
    if learned is None or key not in learned.configured:
        return []
    return [_known(key, learned.seasons[key], np.ones(len(reference.columns), dtype=np.bool_))]


def shown_seasons(reference: Reference, holidays: Sequence[str] = ()) -> list[KnownSeason]:
    """Return the seasons that the data of a reference show; holidays are those of the reference and the given ones."""
    return list(_shown(reference, holidays))


def _shown(reference: Reference, holidays: Sequence[str]) -> Iterator[KnownSeason]:
    places = np.arange(len(reference.columns))
    learned = RECORD.of(reference)
    if learned is not None:
        for key, having in learned.chosen.items():
            yield _known(key, learned.seasons[key], np.isin(places, having))
    of_days = HOLIDAYS.of(reference)
    if of_days is not None and of_days.columns:
        counts = np.array(of_days.counts, dtype=np.float64), np.array(of_days.rows, dtype=np.int64)
        every = (*of_days.holidays, *holidays)
        yield season_named(HOLIDAY, every), SeasonCounts(*counts, np.isin(places, of_days.columns))


def _known(key: str, content: Mapping[str, Any], columns: NDArray[np.bool_]) -> KnownSeason:
    counts, rows = (np.array(content[part], dtype=np.int64) for part in ("counts", "rows"))
    return SEASONS[key], SeasonCounts(counts, rows, columns)


def names_of_seasons(reference: Reference) -> dict[str, list[str]]:
    """Return the seasons that the data of a reference show, with the names of the columns that have them."""
    learned, of_days = RECORD.of(reference), HOLIDAYS.of(reference)
    found = {} if learned is None else dict(learned.chosen)
    if of_days is not None and of_days.columns:
        found[HOLIDAY] = of_days.columns
    return {key: [reference.columns[place].name for place in places] for key, places in found.items()}
