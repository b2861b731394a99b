"""Looks: the moments at which a replay does what a scrape would do."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

SCRAPE_SECONDS = 15.0
LOOKS_AT_MOST = 20_000
# A look costs about as much as taking in a thousand samples. A small recording can afford thousands; in a large one
# looks must not cost more than the samples do.
SMALL_RECORDING_ROWS, LOOKS_AT_SMALL = 200_000, 4000
ROWS_A_LOOK, LOOKS_AT_LEAST = 2500, 1000
NICE_SECONDS = (
    15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 10800, 14400, 21600, 43200, 86400, 172800, 604800,
)  # fmt: skip


@dataclass(frozen=True)
class Looks:
    """Looks every `step` seconds, at multiples of it; each sees the samples before it."""

    first: float
    step: float
    number: int

    @property
    def last(self) -> float:
        """The last look, just after the last sample."""
        return self.first + self.step * (self.number - 1)

    def times(self) -> Iterator[float]:
        """Yield the looks."""
        return (self.first + self.step * place for place in range(self.number))


def looks_over(first: float, last: float, rows: int, step: float | None) -> Looks:
    """Return the looks over a span of time; without a `step` it is a scrape's interval, or coarser where that is many.

    Parameters
    ----------
    first, last : float
        Times of the first and the last sample.
    rows : int
        How many samples there are.
    step : float or None
        As asked for.
    """
    if step is None:
        step = nice(max((last - first) / looks_affordable(rows), SCRAPE_SECONDS))
    start = (math.floor(first / step) + 1) * step
    return Looks(start, step, max(math.floor((last - start) / step) + 2, 1))


def looks_affordable(rows: int) -> int:
    """Return how many looks a recording is worth."""
    if rows <= SMALL_RECORDING_ROWS:
        return LOOKS_AT_SMALL
    return int(np.clip(rows // ROWS_A_LOOK, LOOKS_AT_LEAST, LOOKS_AT_MOST))


def nice(seconds: float) -> float:
    """Return the next duration that a person would choose."""
    for candidate in NICE_SECONDS:
        if candidate >= seconds:
            return float(candidate)
    return math.ceil(seconds / NICE_SECONDS[-1]) * float(NICE_SECONDS[-1])
