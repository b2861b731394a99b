"""Seasons and trends of a reference, in lines for people."""

from collections.abc import Iterator

from ..explain.formatting import counted, number
from ..learning.baselines import names_of_seasons
from ..learning.holidays import RECORD
from ..learning.trend import RECORD as TREND
from ..page.text import duration
from ..reference.reference import Reference
from ..windows.holidays import HOLIDAY, LEAST_OCCURRENCES


def lines_over_time(reference: Reference) -> Iterator[str]:
    """Yield the seasons and trends that the data show, with their columns, and why there may be no holidays."""
    found = names_of_seasons(reference)
    for season, names in found.items():
        yield f"season {season}: {', '.join(names)}"
    holidays = RECORD.of(reference)
    if holidays is not None and HOLIDAY not in found:
        number = counted(holidays.occurrences, "holiday")
        few = f", of at least {LEAST_OCCURRENCES} that it takes" if holidays.occurrences < LEAST_OCCURRENCES else ""
        yield f"season {HOLIDAY}: no column follows the {number} with rows{few}"
    yield from _trends(reference)


def _trends(reference: Reference) -> Iterator[str]:
    learned = TREND.of(reference)
    if learned is None:
        return
    over = duration(learned.seconds)
    for place, slope in zip(learned.columns, learned.slope, strict=True):
        way = "rises" if slope > 0 else "falls"
        change = number(abs(slope) * learned.seconds)
        name = reference.columns[place].name
        yield f"trend: {name} {way} by {change} standard deviations over the reference's {over}"
