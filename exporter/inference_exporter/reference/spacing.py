"""Where the cell of each reference value begins and ends, so that one number is in one cell however it is written."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..arrays import Floats

FEW_VALUES = 1000
"""With more different values than this, one that came once is one of a density: it does not matter on which side of a
cut it falls."""
TOLERANCE = 2.0**-19
"""Of a value: what single precision, six digits or a sum of tenths make of it stays within."""
# Of the magnitude that nine in ten values have at most: what arithmetic leaves of 0. A few far values, such as -999 for
# unknown, are no magnitude of a column.
ROUNDING, USUAL = 1e-14, 0.9
LEAST_TOLERANCE = 1e-9  # around a column of zeros
DIGITS_AT_MOST = 15


@dataclass(frozen=True, eq=False)
class Spacing:
    """The different values of a column, ascending, and what lies around each; all have shape (n,).

    A value that matters alone has its cuts off it: `starts` and `ends` close
    to it, `edges` half-way to the value before. Any other has them on it.
    """

    values: Floats
    alone: NDArray[np.bool_]
    starts: Floats
    ends: Floats
    edges: Floats

    def places(self, values: Floats) -> NDArray[np.intp]:
        """Return where values are among the different ones."""
        return np.searchsorted(self.values, values)

    def holds(self, cuts: Floats) -> NDArray[np.bool_]:
        """Tell which cuts would split the cell of a value that matters alone."""
        places = np.maximum(np.searchsorted(self.starts, cuts, side="right") - 1, 0)
        return np.asarray(self.alone[places] & (cuts >= self.starts[places]) & (cuts < self.ends[places]))


def spacing_of(column: Floats) -> Spacing:
    """Return the spacing of the finite values of a column, at least one."""
    values, counts = np.unique(column, return_counts=True)
    alone = (counts > 1) | (len(values) <= FEW_VALUES)
    with np.errstate(over="ignore"):  # just above the greatest float is infinity
        usual = np.quantile(np.abs(column), USUAL, method="lower")
        tolerance = np.maximum(TOLERANCE * np.abs(values), ROUNDING * usual)
        tolerance[tolerance == 0] = LEAST_TOLERANCE
        middles = values[:-1] / 2 + values[1:] / 2
        middles = np.where(middles > values[:-1], middles, values[1:])
        starts = np.append(values[0] - tolerance[0], np.maximum(middles, values[1:] - tolerance[1:]))
        ends = np.append(np.minimum(middles, values[:-1] + tolerance[:-1]), values[-1] + tolerance[-1])
        just_after = np.nextafter(values, np.inf)
    edges = np.append(starts[0], middles)
    return Spacing(
        values,
        alone,
        starts=np.where(alone, starts, values),
        ends=np.where(alone, np.maximum(ends, just_after), just_after),
        edges=np.where(alone, edges, values),
    )


def plain_edges(spacing: Spacing, places: NDArray[np.intp]) -> Floats:
    """Return the edges before some values, with as few digits as the distance between the values allows."""
    edges = spacing.edges[places]
    for number, place in enumerate(places.tolist()):
        if spacing.alone[place]:
            low = spacing.values[place - 1] if place else spacing.starts[0]
            edges[number] = plain_between(float(low), float(edges[number]), float(spacing.starts[place]))
    return edges


def plain_between(low: float, wanted: float, high: float) -> float:
    """Return a number of few digits near the wanted one, above `low` and not above `high`."""
    room = min(wanted - low, high - wanted) or (wanted - low)
    if not 0 < room < math.inf:
        return wanted
    plain = round(wanted, min(math.ceil(1 - math.log10(room)), 300))
    return plain if low < plain <= high else wanted
