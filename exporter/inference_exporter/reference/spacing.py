"""Where the cell of each reference value begins and ends, so that a number is in one cell however it is written."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..arrays import Floats

FEW_VALUES = 1000
"""In a column with more distinct values, one that occurs once is continuous: it does not matter on which side of a cut
it falls."""
HALF_PRECISION = 1.1 * 2.0**-8
"""Relative to a value: a little more than the largest change by rounding to half precision or bfloat16."""
HALF_PRECISION_VALUES = 256
"""In a column with more distinct values, room for half precision would hide small shifts."""
SINGLE_PRECISION = 2.0**-19
"""Relative to a value: rounding to single precision or six digits, or a sum of tenths, stays within."""
SUBNORMAL = 2.0**-25
"""The largest change by half precision if a value is too small for it."""
FREE = 0.2
"""Of the distance between two values: the middle part, which belongs to neither cell. A decimal with few digits lies
in it."""
SHORT = 0.3
"""Of the tolerance around the outermost values: the far part, where the outermost cuts may lie."""
# Relative to the magnitude of nine in ten values: the rounding error around 0. A few far values, such as -999 for
# unknown, do not define a column's magnitude.
ROUNDING, USUAL = 1e-14, 0.9
LEAST_TOLERANCE = 1e-9  # in a column of zeros
DIGITS_AT_MOST = 300
LARGEST = float(np.finfo(np.float64).max)


@dataclass(frozen=True, eq=False)
class Spacing:
    """The distinct values of a column, ascending, and the cuts around each; all have shape (n,).

    A value that counts by itself has cuts beside it: `starts` and `ends` close to
    it, `edges` half-way to the value before. All others have cuts on them, except
    the outermost two.
    """

    values: Floats
    alone: NDArray[np.bool_]
    starts: Floats
    ends: Floats
    edges: Floats

    def places(self, values: Floats) -> NDArray[np.intp]:
        """Return the places of values among the distinct ones."""
        return np.searchsorted(self.values, values)

    def holds(self, cuts: Floats) -> NDArray[np.bool_]:
        """Return which cuts would split the cell of a value that counts by itself."""
        places = np.maximum(np.searchsorted(self.starts, cuts, side="right") - 1, 0)
        return np.asarray(self.alone[places] & (cuts >= self.starts[places]) & (cuts < self.ends[places]))

    def points(self, cuts: Floats) -> Floats:
        """Return the position of each cut: the value whose cell begins or ends there, otherwise the cut itself."""
        places = np.maximum(np.searchsorted(self.starts, cuts, side="right") - 1, 0)
        around = (cuts >= self.starts[places]) & (cuts <= self.ends[places])
        around &= self.alone[places] | (cuts == self.starts[places]) | (cuts == self.ends[-1])
        return np.where(around, self.values[places], cuts)


def spacing_of(column: Floats) -> Spacing:
    """Return the spacing of the finite values of a column; at least one value is required."""
    values, counts = np.unique(column, return_counts=True)
    alone = (counts > 1) | (len(values) <= FEW_VALUES)
    with np.errstate(over="ignore"):  # the number above the greatest float is infinity
        half_gaps = values[1:] / 2 - values[:-1] / 2
        middles = values[:-1] + half_gaps
        middles = np.where(middles > values[:-1], middles, values[1:])
        room = 2 * half_gaps * (1 - FREE) / 2
        tolerance = _tolerance(column, values, room)
        first = _shortest(values[0] - tolerance[0], values[0] - (1 - SHORT) * tolerance[0])
        last = _shortest(values[-1] + (1 - SHORT) * tolerance[-1], values[-1] + tolerance[-1])
        starts = np.append(first, values[1:] - np.minimum(tolerance[1:], room))
        ends = np.append(values[:-1] + np.minimum(tolerance[:-1], room), last)
        just_after = np.nextafter(values, np.inf)
    starts, ends = np.where(alone, starts, values), np.where(alone, np.maximum(ends, just_after), just_after)
    starts[0], ends[-1] = min(first, values[0]), max(last, just_after[-1])
    edges = np.append(starts[0], np.where(alone[1:], middles, values[1:]))
    return Spacing(values, alone, starts, ends, edges)


def _tolerance(column: Floats, values: Floats, room: Floats) -> Floats:
    """Return how far from each value its other representations may lie."""
    size = np.abs(values)
    precision = HALF_PRECISION if len(values) <= HALF_PRECISION_VALUES else SINGLE_PRECISION
    tolerance = np.maximum(precision * size, ROUNDING * np.quantile(np.abs(column), USUAL, method="lower"))
    if len(values) > 1:
        nearest = np.minimum(np.append(room[0], room), np.append(room, room[-1]))
        return np.asarray(np.minimum(np.maximum(tolerance, np.minimum(SUBNORMAL, nearest / 2)), nearest))
    if values[0] == np.floor(values[0]):  # the next whole number is a different value
        tolerance = np.minimum(tolerance, np.maximum(SINGLE_PRECISION * size, 0.5))
    return np.where(tolerance > 0, tolerance, LEAST_TOLERANCE)


def plain_edges(spacing: Spacing, places: NDArray[np.intp]) -> Floats:
    """Return the edges before some values, each the decimal with the fewest digits that separates as well."""
    edges = spacing.edges[places]
    for number, place in enumerate(places.tolist()):
        if place:
            edges[number] = _edge(spacing, place)
    return edges


def _edge(spacing: Spacing, place: int) -> float:
    """Return a short number between two values: midway before one that counts by itself, otherwise close to it."""
    low, high = float(spacing.values[place - 1]), float(spacing.values[place])
    half_gap = high / 2 - low / 2
    middle, free = low + half_gap, half_gap * FREE
    ends = (middle - free, middle + free) if spacing.alone[place] else (middle, high)
    edge = _shortest(*ends)
    return edge if low < edge <= spacing.starts[place] else float(spacing.edges[place])


def _shortest(low: float, high: float) -> float:
    """Return the number between two, near their middle, with the fewest decimal digits."""
    low, high = max(float(low), -LARGEST), min(float(high), LARGEST)
    middle = low / 2 + high / 2
    size, room = max(abs(low), abs(high)), high - low
    if not 0 < room < math.inf:
        return middle
    for digits in range(-math.floor(math.log10(size)) - 1, min(2 - math.floor(math.log10(room)), DIGITS_AT_MOST)):
        plain = _rounded(middle, digits)
        if low <= plain <= high:
            return plain
    return middle


def _rounded(number: float, digits: int) -> float:
    try:
        return round(number, digits)
    except OverflowError:  # 1.5e308 as 2e308
        return math.inf
