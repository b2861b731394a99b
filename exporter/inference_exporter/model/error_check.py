"""Whether estimated errors have held: the estimate for predictions whose outcome has come, beside the truth."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ..arrays import Counts, Floats
from ..detectors.estimated_errors.error_cells import ErrorCells
from ..detectors.estimated_errors.learn import RECORD
from ..detectors.estimated_errors.watch import EstimatedErrorsWindow
from ..measures.exact_sums import N_LIMBS, add_up, as_float, differences, values_of
from ..reference.grid import Grid
from ..reference.reference import Reference
from ..samples.batch import Batch
from .breakdowns import Breakdowns
from .settling import Joined

KEY = "expected_errors"
REACH = 1.7
"""Times the distance of a 95 % limit: 3.3 standard deviations, as windows are looked at again and again."""


@dataclass(frozen=True, eq=False)
class CheckedErrors:
    """Predictions of one window with an outcome: their cells of expected error, and the mean absolute error."""

    estimated: EstimatedErrorsWindow
    realised: float

    @property
    def known(self) -> bool:
        """Whether there are enough of them."""
        return self.estimated.samples >= max(self.estimated.minimum, 1)

    @property
    def gap(self) -> float:
        """Realised minus estimated mean absolute error; NaN if unknown."""
        return self.realised - self.estimated.estimates["mean_absolute_error"].value

    @cached_property
    def holds(self) -> float:
        """1 if the truth is where chance and the reference's own variation may carry it, 0 if not; NaN if unknown."""
        if not self.known:
            return float("nan")
        value, lower, upper = self.estimated.estimates["mean_absolute_error"]
        if value == 0:
            return float(self.realised == 0)
        # The limits are at equal distances on the log scale.
        return float(value * (lower / value) ** REACH <= self.realised <= value * (upper / value) ** REACH)


class ErrorBreakdown:
    """Joined predictions by cell of expected error, and the exact sum of their absolute errors."""

    BUILT = ("_cells", "_grid", "_minimum")
    key, width = KEY, 2
    n_sums = N_LIMBS

    def __init__(self, cells: ErrorCells, grid: Grid, minimum: int) -> None:
        self._cells, self._grid, self._minimum = cells, grid, minimum
        self.n_counts = cells.n_counts

    def encode(self, batch: Batch) -> Floats:
        """Return the cell of each sample, and whether its prediction is beyond the reference's."""
        return np.stack(self._cells.of(self._grid.locate(batch)), axis=1)

    def add_up(self, joined: Joined, columns: Floats) -> tuple[Counts, Floats]:
        """Return the samples in each cell, and the limbs of the sum of absolute errors."""
        known = ~np.isnan(columns[:, 0]) & ~np.isnan(joined.prediction)
        cells, beyond = columns[known].T
        error = differences(joined.prediction[known], joined.outcome[known])
        return self._cells.counts(cells, beyond), add_up([[error.magnitudes()]])

    def view(self, counts: Counts, sums: Floats) -> CheckedErrors:
        """Return what a window shows."""
        window = EstimatedErrorsWindow(self._cells, counts, self._minimum)
        (total,) = values_of(sums)
        return CheckedErrors(window, as_float(total / window.samples) if window.samples else float("nan"))


def error_breakdown_of(reference: Reference | None, minimum: int) -> ErrorBreakdown | None:
    """Return the comparison of a model; None if its errors are not estimated."""
    learned = RECORD.of(reference)
    if learned is None or reference is None:
        return None
    used = {(group, name) for factor in learned.factors for group, name in factor["columns"]}
    columns = tuple(of for of in reference.columns if of.group == "prediction" or (of.group, of.name) in used)
    grid = Grid(replace(reference, columns=columns))
    return ErrorBreakdown(ErrorCells(learned, grid), grid, minimum)


def error_checks(breakdowns: Breakdowns | None, names: list[str], now: float) -> dict[str, CheckedErrors]:
    """Return the comparison in each window; empty without one."""
    for part in breakdowns.parts if breakdowns else ():
        if isinstance(part, ErrorBreakdown) and breakdowns is not None:
            return {name: part.view(*breakdowns.totals(part.key, name, now)) for name in names}
    return {}
