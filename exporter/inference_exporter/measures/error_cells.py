"""Cells of signed errors: relative to their size, all have the same width, so that quantiles of any unit are as exact.

A quantile is off by at most 1 % of itself between 1e-9 and 1e12; smaller errors count as 0, larger ones as infinite.
Counts of cells add up over time and replicas, and can be taken back.

References
----------
Masson, Rim and Lee (2019), DDSketch: a fast and fully-mergeable quantile sketch with relative-error guarantees, PVLDB
12(12):2195-2205.
"""

import math
from typing import NamedTuple

import numpy as np

from ..arrays import Counts, Floats

RELATIVE_ERROR = 0.01
SMALLEST, LARGEST = 1e-9, 1e12
_RATIO = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)
_N_SIDE = math.ceil(math.log(LARGEST / SMALLEST) / math.log(_RATIO))
_ZERO = _N_SIDE + 1
N_CELLS = 2 * _ZERO + 1


class Cells(NamedTuple):
    """The least, the representative and the greatest number of each cell, in ascending order."""

    lower: Floats
    middle: Floats
    upper: Floats


def _absolute() -> Cells:
    edges = SMALLEST * _RATIO ** np.arange(_N_SIDE + 1)
    lower = np.concatenate([[0.0], edges])
    upper = np.concatenate([edges, [np.inf]])
    # The harmonic mean of the edges is as far from both, relative to each.
    middle = np.concatenate([[0.0], 2 * edges[:-1] * _RATIO / (1 + _RATIO), [np.inf]])
    return Cells(lower, middle, upper)


ABSOLUTE = _absolute()
SIGNED = Cells(
    np.concatenate([-ABSOLUTE.upper[:0:-1], -ABSOLUTE.upper[:1], ABSOLUTE.lower[1:]]),
    np.concatenate([-ABSOLUTE.middle[:0:-1], ABSOLUTE.middle]),
    np.concatenate([-ABSOLUTE.lower[:0:-1], ABSOLUTE.upper]),
)


def counts_of(errors: Floats) -> Counts:
    """Return the number of errors, shape (n,), in each of `N_CELLS` cells."""
    with np.errstate(divide="ignore"):
        steps = np.floor((np.log(np.abs(errors)) - math.log(SMALLEST)) / math.log(_RATIO))
    places = _ZERO + np.sign(errors) * (np.clip(steps, -1, _N_SIDE) + 1)
    return np.bincount(places.astype(np.intp), minlength=N_CELLS)


def folded(counts: Counts) -> Counts:
    """Return the counts of absolute errors, by cell of `ABSOLUTE`."""
    absolute = counts[_ZERO:].copy()
    absolute[1:] += counts[:_ZERO][::-1]
    return absolute


def at_rank(counts: Counts, values: Floats, rank: int) -> float:
    """Return the value at a rank from 1; NaN outside the ranks."""
    total = np.cumsum(counts)
    return float(values[np.searchsorted(total, rank)]) if 1 <= rank <= total[-1] else float("nan")
