"""How far losses stray from what their cells lead us to expect: in stretches of rows, and in parts that differ."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ...arrays import Cells, Floats
from .error_cells import CELLS

FEW_STRETCHES = 1.25
"""Twenty stretches show the spread to a fifth; the next window strays from their mean, which is itself uncertain."""
THIRDS = 3


class Losses(NamedTuple):
    """Losses of rows beside what their cells lead us to expect, and the variance that chance gives each."""

    came: Floats
    expected: Floats
    chance: Floats

    @classmethod
    def of(cls, cells: Cells, losses: Floats) -> "Losses":
        """Return losses beside the means of their cells."""
        n = np.maximum(np.bincount(cells, minlength=CELLS), 1)
        means = np.bincount(cells, losses, CELLS) / n
        variances = np.maximum(np.bincount(cells, losses**2, CELLS) / n - means**2, 0.0)
        return cls(losses, means[cells], variances[cells])

    def ratios(self, groups: Cells, size: int) -> tuple[Floats, Floats]:
        """Return for each group of rows with any the ratio of losses to expected ones, and its weight."""
        came, expected, chance = (np.bincount(groups, of, size) for of in self)
        some = expected > 0
        weights = np.square(expected[some]) / np.maximum(chance[some], np.finfo(float).tiny)
        return came[some] / expected[some], weights

    def spread(self, stretches: int) -> float:
        """Return the relative standard deviation that stretches of consecutive rows add beyond chance.

        References
        ----------
        The variance between stretches by moments: DerSimonian and Laird (1986), Control. Clin. Trials 7(3):177-188.
        """
        ratios, weights = self.ratios(np.arange(len(self.came)) * stretches // len(self.came), stretches)
        total = weights.sum()
        spread = float((weights * np.square(ratios - (weights * ratios).sum() / total)).sum())
        between = (spread - (len(ratios) - 1)) / (total - float(np.square(weights).sum()) / total)
        return float(np.sqrt(max(between, 0.0)) * FEW_STRETCHES)

    def misfit(self, codes: Sequence[Cells], sizes: Sequence[int]) -> float:
        """Return how far expected losses are off in parts of the reference, relative and beyond chance.

        The parts are the lower, middle and upper third of each column's rows: a window that drifts has more of one of
        them, and what the factors miss there.
        """
        off, part = [], []
        for code, size in zip(codes, sizes, strict=True):
            below = np.cumsum(np.bincount(code, minlength=size)) - 1
            thirds = (below * THIRDS // len(code))[code]
            ratios, weights = self.ratios(thirds, THIRDS)
            off += (np.square(ratios - 1) - 1 / weights).tolist()
            part += np.bincount(thirds, self.expected, THIRDS)[: len(ratios)].tolist()
        return float(np.sqrt(max(np.average(off, weights=part), 0.0)))
