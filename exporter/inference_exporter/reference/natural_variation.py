"""Natural variation: how far a column strays from its reference through the rhythm of hours, days and weeks alone."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arrays import Floats
from ..measures.stretch_means import Stretches, doubt
from .grid import Grid
from .traits import Record

RARITIES = (1e1, 1e3, 1e5, 1e7)
"""Bands say how far one in so many windows strays; in between they grow with the logarithm."""
MONTH_SECONDS = 30 * 86400.0
KINDS_OF_WINDOWS, TESTS_WITH_BANDS = 3, 4  # share the budget of a false alarm a month
SMALL_CHANCE = 1e-3  # windows of a week are few: at a chance above this, what is learned is an upper limit already

CHOSEN = "auto"
"""The key, among seasons, of what the chosen seasons of each column leave."""


@dataclass(frozen=True)
class Learned:
    """What is learned of stretches by their number of rows (`sizes`) and by seconds, as tables by a test's key."""

    sizes: Sequence[float]
    periods_seconds: Sequence[float]
    by_size: Mapping[str, Any]
    by_period: Mapping[str, Any]
    stretches: Sequence[float]
    """The number of independent stretches of each size, then of each period; empty if unknown."""
    seasonal: Mapping[str, Mapping[str, Any]]
    """By a season's key, or `CHOSEN`, the same two tables of how far stretches stray from what it lets expect."""


def _of_one_rarity(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return content of before version 4, whose bands did not depend on the number of windows."""
    parts = {"by_size": found["by_size"], "by_period": found["by_period"]}
    seasonal = {season: _repeated(tables) for season, tables in found.get("seasonal", {}).items()}
    stretches = found["stretches"] if found.get("version") == 3 else ()
    return {**found, **_repeated(parts), "seasonal": seasonal, "stretches": stretches}


def _repeated(parts: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: {
            **tables,
            "bands": {
                key: [[[band] * len(RARITIES) for band in column] for column in columns]
                for key, columns in tables["bands"].items()
            },
        }
        for name, tables in parts.items()
    }


RECORD = Record("natural_variation", Learned, version=4, upgrade=_of_one_rarity)


@dataclass(frozen=True, eq=False)
class Level:
    """Stretches of one kind: of some number of rows, or of some duration; shape (n_columns,) each."""

    excess_variance: Mapping[str, Floats]
    """For each test's key, the variance of its subject beyond noise, in variances of a single value."""
    bands: Mapping[str, Floats]
    """For each test's key, the largest effect in one of `RARITIES` windows, shape (n_rarities, n_columns)."""
    stretches: float
    """The number of independent stretches; 0 if unknown."""


@dataclass(frozen=True, eq=False)
class NaturalVariation:
    """What the stretches of a reference show, by their number of rows and by their duration in seconds, ascending."""

    n_columns: int
    by_size: Sequence[tuple[float, Level]] = ()
    by_period: Sequence[tuple[float, Level]] = ()

    @classmethod
    def of(cls, grid: Grid, season: str | None = None) -> "NaturalVariation":
        """Return the natural variation of a reference, or what a season leaves of it; empty if unknown.

        It is unknown without the order of the rows, and for seasons in references of version 1.
        """
        learned = RECORD.of(grid.reference)
        if learned is None:
            return cls(len(grid.columns))
        whole = {"by_size": learned.by_size, "by_period": learned.by_period}
        tables = whole if season is None else learned.seasonal.get(season)
        if tables is None:
            return cls(len(grid.columns))
        return cls(
            len(grid.columns),
            _levels(learned.sizes, tables["by_size"], learned.stretches[: len(learned.sizes)]),
            _levels(learned.periods_seconds, tables["by_period"], learned.stretches[len(learned.sizes) :]),
        )

    def design_effects(self, samples: int, window_seconds: float) -> dict[str, Floats]:
        """Return, by a test's key, how many samples are worth one independent sample, shape (n_columns,).

        For rows that depend on their neighbours the design effect stops growing at some length; with a rhythm it grows
        with the number of samples that share a stretch of time. What few stretches show of it counts more.
        """
        effects: dict[str, Floats] = {}
        chance = 1 / self._windows(window_seconds)
        for number, level in self._together(samples, window_seconds):
            for key, excess in level.excess_variance.items():
                effect = _design_effect(number, excess * _doubt(level, chance), samples)
                effects[key] = np.fmax(effects[key], effect) if key in effects else effect
        return effects

    def stretches(self, samples: int, window_seconds: float, key: str = "location") -> Stretches:
        """Return the independent stretches that show the design effect of a test, and this effect as estimated."""
        largest, number = np.ones(self.n_columns), np.zeros(self.n_columns)
        for together, level in self._together(samples, window_seconds):
            excess = level.excess_variance.get(key, np.zeros(self.n_columns))
            effect = _design_effect(together, excess, samples)
            number = np.where(effect > largest, level.stretches, number)
            largest = np.fmax(largest, effect)
        return Stretches(number, largest)

    def _together(self, samples: int, window_seconds: float) -> Iterator[tuple[float, Level]]:
        """Yield the stretches like a window, with the number of its samples that share one."""
        if self.by_size:
            size, level = _at(self.by_size, samples)
            # Whether rows depend on each other beyond the longest stretches is unknown: taken as if they do not.
            yield (min(samples, size) if size == self.by_size[-1][0] else samples), level
        if self.by_period:
            seconds, level = _at(self.by_period, window_seconds)
            yield samples * min(seconds / window_seconds, 1.0), level

    def bands(self, samples: int, window_seconds: float) -> dict[str, Floats]:
        """Return the band of each test's effect for a window, shape (n_columns,) each.

        It is as wide as the farthest window in a month strays if each column of the model, test and window gets an
        equal part of one false alarm.

        A window strays as far as a stretch with no more samples, or as a stretch that is no longer, whichever is
        farther: live traffic may be denser or sparser than the reference. A window longer than all stretches consists
        of several, and strays as their mean does.
        """
        bands: dict[str, Floats] = {}
        windows = self._windows(window_seconds)
        for levels, length in ((self.by_size, samples), (self.by_period, window_seconds)):
            if levels:
                longest, level = _at(levels, length)
                several = max(length / longest, 1.0) if longest == levels[-1][0] else 1.0
                for key, band in level.bands.items():
                    # PSI is the square of a shift; the shift of a mean falls with the root of the number of values
                    # averaged.
                    own = _of_windows(band, windows) / (several if key == "shape" else np.sqrt(several))
                    bands[key] = np.fmax(bands[key], own) if key in bands else own
        return bands

    def _windows(self, window_seconds: float) -> float:
        """Return how many windows a month has, over columns, tests and kinds of windows: one may be a false alarm."""
        return MONTH_SECONDS / window_seconds * self.n_columns * KINDS_OF_WINDOWS * TESTS_WITH_BANDS


def _doubt(level: Level, chance: float) -> float:
    return doubt(level.stretches, chance) if chance <= SMALL_CHANCE else 1.0


def _design_effect(number: float, excess: Floats, samples: int) -> Floats:
    # Kish's design effect, 1 + (m - 1) rho, with the excess variance for rho; a window is worth one sample at least.
    return np.asarray(np.minimum(1 + number * excess, max(samples, 1)))


def _of_windows(band: Floats, windows: float) -> Floats:
    """Return the band of the farthest of some windows."""
    place = np.interp(np.log(windows), np.log(RARITIES), np.arange(len(RARITIES)))
    first = min(int(place), len(RARITIES) - 2)
    return np.asarray(band[first] + (place - first) * (band[first + 1] - band[first]))


def _levels(
    lengths: Sequence[float], content: Mapping[str, Any], stretches: Sequence[float]
) -> list[tuple[float, Level]]:
    excess, bands = (
        {key: np.array(columns, dtype=np.float64) for key, columns in content[part].items()}
        for part in ("excess_variance", "bands")
    )
    return [
        (length, Level(_at_place(excess, place), _at_place(bands, place), stretches[place] if stretches else 0.0))
        for place, length in enumerate(lengths)
    ]


def _at_place(tables: Mapping[str, Floats], place: int) -> dict[str, Floats]:
    return {key: columns[:, place].T for key, columns in tables.items()}


def _at(levels: Sequence[tuple[float, Level]], length: float) -> tuple[float, Level]:
    """Return the longest stretches that are no longer than `length`, otherwise the shortest."""
    return levels[max(bisect_right(levels, length, key=lambda level: level[0]) - 1, 0)]
