"""The shape of a change of the mean of a sequence: at once, or little by little."""

from dataclasses import dataclass

import numpy as np

from ..arrays import Floats

BORDERS_AT_MOST = 40
LONG_SHARE = 1 / 3
"""Of the stretch since a change began: a rise that takes longer is not at once."""
MARGIN = 6.0
"""Twice the log-likelihood by which one shape must fit better: the other is e^3 = 20 times less likely."""


@dataclass(frozen=True)
class ChangeShape:
    """A rise of a mean, in numbers of values from the first."""

    gradual: bool | None
    """None if the values fit both shapes."""
    began: float
    ended: float
    """`began` of a change at once; the last value if the rise goes on."""


def change_shape(number: Floats, total: Floats, squares: Floats) -> ChangeShape | None:
    """Return how the mean of a sequence rose once, from blocks of values in order; None if it did not.

    A step is fitted at every border of blocks, and a straight ramp between every two of up to 40 of them, if it takes
    at least a third of the stretch since it began. The shape that fits better by a margin counts.

    Parameters
    ----------
    number, total, squares : ndarray of float, shape (n_blocks,)
        Number of values of each block, their sum and the sum of their squares.

    References
    ----------
    Step and ramp as shapes of concept drift: Gama et al. (2014), ACM Comput. Surv. 46(4):44, section 2.2. Likelihoods
    of change points: Quandt (1958), JASA 53(284):873-880.
    """
    if len(number) < 3:
        return None
    borders = np.concatenate([[0.0], np.cumsum(number)])
    begins, ends = _long_ramps(borders)
    ramps = _gains(number, total, squares, borders, begins, ends)
    steps = _gains(number, total, squares, borders, borders[1:-1], borders[1:-1])
    step, ramp = int(np.argmax(steps)), int(np.argmax(ramps))
    lead = float(ramps[ramp] - steps[step])
    if not max(ramps[ramp], steps[step]) > 0:
        return None
    gradual = None if abs(lead) < MARGIN else lead > 0
    if lead > 0:
        return ChangeShape(gradual, float(begins[ramp]), float(ends[ramp]))
    return ChangeShape(gradual, float(borders[1 + step]), float(borders[1 + step]))


def _long_ramps(borders: Floats) -> tuple[Floats, Floats]:
    """Return where ramps begin and end: pairs of some borders, far enough from each other."""
    some = borders[np.unique(np.linspace(0, len(borders) - 1, BORDERS_AT_MOST).astype(np.intp))]
    begins, ends = (some[places] for places in np.triu_indices(len(some), 1))
    is_long = ends - begins >= LONG_SHARE * (borders[-1] - begins)
    return begins[is_long], ends[is_long]


def _gains(number: Floats, total: Floats, squares: Floats, borders: Floats, first: Floats, last: Floats) -> Floats:
    """Return twice the log-likelihood that each candidate gains over a constant mean; 0 if the mean fell."""
    middle = (borders[1:] + borders[:-1]) / 2
    # No middle is on a border, so a candidate without length is a step.
    shape = np.clip((middle - first[:, np.newaxis]) / np.maximum(last - first, 1e-9)[:, np.newaxis], 0.0, 1.0)
    n = number.sum()
    shape -= (shape @ number / n)[:, np.newaxis]
    mean = total / number
    rise, spread = shape @ (number * (mean - total.sum() / n)), np.square(shape) @ number
    within = max(float(squares.sum() - number @ np.square(mean)), 0.0) / max(n - len(number), 1.0)
    if not within > 0:
        within = max(float(squares.sum() - total.sum() ** 2 / n), 1e-12) / n
    return np.where(rise > 0, np.square(rise) / np.maximum(spread, 1e-12) / within, 0.0)
