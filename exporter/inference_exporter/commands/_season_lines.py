"""The seasons of a reference, in lines for people."""

from collections.abc import Iterator

from ..explain.formatting import counted
from ..learning.baselines import names_of_seasons
from ..learning.holidays import RECORD
from ..reference.reference import Reference
from ..windows.holidays import HOLIDAY, LEAST_OCCURRENCES


def season_lines(reference: Reference) -> Iterator[str]:
    """Yield the seasons that the data show, with their columns, and why there may be no holidays."""
    found = names_of_seasons(reference)
    for season, names in found.items():
        yield f"season {season}: {', '.join(names)}"
    holidays = RECORD.of(reference)
    if holidays is not None and HOLIDAY not in found:
        number = counted(holidays.occurrences, "holiday")
        few = f", of at least {LEAST_OCCURRENCES} that it takes" if holidays.occurrences < LEAST_OCCURRENCES else ""
        yield f"season {HOLIDAY}: no column follows the {number} with rows{few}"
