"""Calibration: how rare a score is in the reference.

Up to the last hundredth, the empirical shares of the reference apply; beyond,
a generalised Pareto distribution fitted to them, so that a p-value can be
smaller than one row of the reference.

References
----------
Pickands (1975), Ann. Statist. 3(1):119-131, for the distribution of
exceedances; Hosking and Wallis (1987), Technometrics 29(3):339-349, for the
fit by probability-weighted moments.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...arrays import Floats

TAIL = 0.01
POINTS = 128
FEWEST_TO_FIT = 20  # exceedances; with fewer the tail is assumed to be moderately heavy
HEAVY = 0.25
HEAVIEST = 0.5
LEAST_PVALUE = 1e-30  # smaller p-values are meaningless
TOLERANCE = 1e-3  # many rows may share a score: rounding must not lift a score above them


@dataclass(frozen=True, eq=False)
class Calibration:
    """The distribution of a score on the reference: shares of rows that reach some scores, and a fitted tail.

    `scores` ascend, `shares` are those of the rows that reach each. The tail
    begins at the last score; its `shape` is 0 if it is exponential.
    """

    scores: Floats
    shares: Floats
    shape: float
    scale: float
    rows: int

    def p_values(self, scores: Floats) -> Floats:
        """Return the share of the reference's population that reaches each score, shape (n,)."""
        start, share = self.scores[-1], self.shares[-1]
        scores = scores - TOLERANCE
        inside = np.interp(scores, self.scores, self.shares)
        excess = np.maximum(scores - start, 0.0) / self.scale
        if self.shape > 0:
            tail = share * (1 + self.shape * excess) ** (-1 / self.shape)
        else:
            tail = share * np.exp(-np.minimum(excess, 700.0))
        return np.maximum(np.where(scores > start, tail, inside), LEAST_PVALUE)

    def score_of(self, p_value: float) -> float:
        """Return the score that this share of the population reaches."""
        start, share = self.scores[-1], self.shares[-1]
        if p_value >= share:
            return float(np.interp(-p_value, -self.shares, self.scores)) + TOLERANCE
        ratio = share / p_value
        growth = (ratio**self.shape - 1) / self.shape if self.shape > 0 else np.log(ratio)
        return float(start + self.scale * growth) + TOLERANCE

    @property
    def exceedances(self) -> float:
        """Number of rows that the tail was fitted to."""
        return float(self.shares[-1] * self.rows)

    def to_json(self) -> dict[str, Any]:
        """Return the input of `calibration_from_json`."""
        scores, shares = ([float(f"{value:.6g}") for value in values.tolist()] for values in (self.scores, self.shares))
        return {"scores": scores, "shares": shares, "shape": self.shape, "scale": self.scale, "rows": self.rows}


def calibration_from_json(content: Mapping[str, Any]) -> Calibration:
    """Return a calibration written by `Calibration.to_json`."""
    scores, shares = np.array(content["scores"], dtype=np.float64), np.array(content["shares"], dtype=np.float64)
    return Calibration(scores, shares, float(content["shape"]), float(content["scale"]), int(content["rows"]))


def calibrate(scores: Floats) -> Calibration:
    """Return the calibration for the scores of the reference's rows, shape (n,), each scored as if it were new."""
    rows = len(scores)
    unique, first = np.unique(np.sort(scores), return_index=True)
    shares = (rows - first + 0.5) / (rows + 1)
    # The tail begins at the first score that at most a hundredth reaches, otherwise at the greatest.
    start = min(int(np.searchsorted(-shares, -TAIL)), len(unique) - 1)
    shape, scale = _tail(scores[scores >= unique[start]] - unique[start], unique[: start + 1])
    places = np.unique(np.linspace(0, start, POINTS).astype(np.intp))
    by_share = np.searchsorted(-shares[: start + 1], -np.geomspace(shares[0], shares[start], POINTS))
    kept = np.union1d(places, np.minimum(by_share, start))
    return Calibration(unique[kept], shares[kept], shape, max(scale, TOLERANCE), rows)


def _tail(excess: Floats, below: Floats) -> tuple[float, float]:
    """Return shape and scale of the generalised Pareto distribution of exceedances."""
    n, mean = len(excess), float(excess.mean())
    if mean <= 0:  # only the greatest score: take the spread of the scores below as scale
        return 0.0, float(below.std()) or 1.0
    if n < FEWEST_TO_FIT:
        return HEAVY, mean * (1 - HEAVY)
    weights = (n - np.arange(1, n + 1)) / (n - 1)
    weighted = float((weights * np.sort(excess)).mean())
    shape = min(max(2 - mean / (mean - 2 * weighted), 0.0), HEAVIEST) if mean > 2 * weighted else HEAVIEST
    return shape, mean * (1 - shape)
