"""ReplaySteps: the moments at which a replay acts as a scrape would."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

SCRAPE_SECONDS = 15.0
# A look costs about as much as adding ten thousand values. A small recording can afford thousands of looks (seconds in
# total); in a large one they must not cost more than the samples do.
LOOKS_AT_MOST, LOOKS_AT_SMALL, LOOKS_AT_LEAST = 20_000, 4000, 100
SMALL_RECORDING_VALUES, VALUES_A_LOOK = 500_000, 400_000
# Steps that divide an hour or a day, so that looks stand at round times.
NICE_SECONDS = (
    15, 20, 30, 60, 120, 180, 300, 600, 900, 1200, 1800, 3600, 5400, 7200, 10800, 14400, 21600, 28800, 43200, 86400,
    172800, 604800,
)  # fmt: skip


@dataclass(frozen=True)
class ReplaySteps:
    """A look every `step` seconds, at multiples of it; each sees the samples before it, all at their own times.

    The samples of a step are cut where a window shorter than the step (`shorter`, ascending) begins, so that what a
    window keeps of a batch, like its most extreme samples, is never displaced by samples before it.
    """

    first: float
    step: float
    number: int
    shorter: tuple[float, ...] = ()

    @property
    def last(self) -> float:
        """The last look, just after the last sample."""
        return self.first + self.step * (self.number - 1)

    def times(self) -> Iterator[float]:
        """Yield the looks."""
        return (self.first + self.step * place for place in range(self.number))

    def ends(self, look: float) -> list[float]:
        """Return where to cut the samples before a look, ascending: where shorter windows start, and at the look."""
        return [*(look - length for length in reversed(self.shorter)), look]


def looks_over(first: float, last: float, values: int, step: float | None, windows: Sequence[float]) -> ReplaySteps:
    """Return the looks over a time span; without a `step`, at a scrape's interval, or coarser for long recordings.

    Parameters
    ----------
    first, last : float
        Times of the first and the last sample.
    values : int
        Samples times columns.
    step : float or None
        As configured.
    windows : sequence of float
        Lengths of the windows in seconds.
    """
    if step is None:
        step = nice(max((last - first) / looks_affordable(values), SCRAPE_SECONDS))
    # At multiples of the step, whatever the first sample's time: two recordings have their looks at the same moments.
    start = (math.floor(first / step) + 1) * step
    number = max(math.floor((last - start) / step) + 2, 1)
    shorter = tuple(sorted(length for length in windows if length < step))
    return ReplaySteps(start, step, number, shorter)


def looks_affordable(values: int) -> int:
    """Return the number of looks that a recording of this many values affords."""
    small = LOOKS_AT_SMALL * min(SMALL_RECORDING_VALUES / max(values, 1), 1.0)
    return min(max(round(small), values // VALUES_A_LOOK, LOOKS_AT_LEAST), LOOKS_AT_MOST)


def nice(seconds: float) -> float:
    """Return the next round duration."""
    for candidate in NICE_SECONDS:
        if candidate >= seconds:
            return float(candidate)
    return math.ceil(seconds / NICE_SECONDS[-1]) * float(NICE_SECONDS[-1])
