"""What the mean absolute and the root mean squared error will be, and where outcomes may carry them."""

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from ...arrays import Floats
from ...measures.performance import Z
from .error_cells import ErrorCells


class Estimate(NamedTuple):
    """What a measure is expected to be, and where it will be 95 % of the time."""

    value: float
    lower: float
    upper: float


def estimates_of(cells: ErrorCells, n: Floats) -> Mapping[str, Estimate]:
    """Return the estimate of each measure, by its key, for a window with `n` samples in each cell."""
    errors, unit = cells.calibrated, cells.learned.unit
    absolute = _mean(n, errors.absolute, errors.squared, errors.n, _spread(cells, 0))
    squared = _mean(n, errors.squared, errors.fourth, errors.n, _spread(cells, 1))
    return {
        "mean_absolute_error": Estimate(*(unit * value for value in absolute)),
        "root_mean_squared_error": Estimate(*(unit * math.sqrt(value) for value in squared)),
    }


def _spread(cells: ErrorCells, power: int) -> float:
    """Return what a window adds beyond chance, relative.

    It strays as far as the reference's stretches, the short or the long, and by what the factors miss once it drifts.
    """
    return math.hypot(max(of[power] for of in cells.learned.spreads), cells.learned.misfits[power])


def _mean(n: Floats, means: Floats, squares: Floats, known: Floats, spread: float) -> Estimate:
    """Return the mean loss: normal on the log scale, as losses are skewed.

    Parameters
    ----------
    n, known : ndarray of float, shape (n_cells,)
        Samples of the window, and rows of the reference, in each cell.
    means, squares : ndarray of float, shape (n_cells,)
        Mean loss of each cell, and mean of its square.
    spread : float
        Relative standard deviation of what a stretch adds beyond chance.
    """
    total, expected = float(n.sum()), float((n * means).sum())
    if not total or not expected:
        return Estimate(*[math.nan if not total else 0.0] * 3)
    variances = np.maximum(squares - np.square(means), 0.0)
    chance = (n * variances).sum() + (np.square(n) * variances / np.maximum(known, 1.0)).sum()
    factor = math.exp(min(Z * math.hypot(math.sqrt(float(chance)) / expected, spread), 700.0))
    value = expected / total
    return Estimate(value, value / factor, value * factor)
