"""Correlation change: how far the correlation between any two features has moved."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ....arrays import Floats
from ....measures.special_functions import stdtr
from ....reference.base64_arrays import packed, unpacked
from ._base import UNKNOWN, JointMeasure, Reading, Scores, Starts, Weights

GREATEST = 0.99  # two features that are practically one: their correlation carries no information
# A rare value (a flag set in one row of a hundred has a kurtosis of 100) must occur a few times before its correlations
# can be judged; for normal features, with kurtosis 3, windows of 50 rows suffice.
ROWS_BY_KURTOSIS = 16
# A few rows may carry most of what a correlation rests on: two sensors that agree but for one broken day. Windows
# differ by how many of these rows they have, and no variance learned from a few of them says by how much. The influence
# of a row on the correlation of two normal features has a kurtosis of 9.
ROWS_BY_INFLUENCE = ROWS_BY_KURTOSIS / 3


class Correlation:
    """The greatest change of a correlation between two features, on Fisher's scale.

    References
    ----------
    Fisher (1921), On the "probable error" of a coefficient of correlation, Metron 1:3-32; its variance if features
    are not normal: Hawkins (1989), Using U statistics to derive the asymptotic distribution of Fisher's Z statistic,
    American Statistician 43(4):235-237. Effect sizes: Cohen (1988), Statistical Power Analysis, chapter 4.
    """

    def __init__(self, content: Mapping[str, Any]) -> None:
        self._n = int(content["features"])
        self._pairs = np.triu_indices(self._n, 1)
        self._upper = np.triu_indices(self._n)
        on_diagonal = self._upper[0] == self._upper[1]
        self._diagonal, self._off_diagonal = np.flatnonzero(on_diagonal), np.flatnonzero(~on_diagonal)
        self._fisher, self._variance = unpacked(content["fisher"]), unpacked(content["variance"])
        self._rows = float(content["rows"])
        if not len(self._fisher) == len(self._variance) == len(self._pairs[0]):
            raise ValueError(f"expected {len(self._pairs[0])} pairs, got {len(self._fisher)}")
        kurtosis = unpacked(content["kurtosis"])
        self._rows_needed = ROWS_BY_KURTOSIS * np.maximum(kurtosis[self._pairs[0]], kurtosis[self._pairs[1]])
        if "influence" in content:  # references of before do not know it
            self._rows_needed = np.maximum(self._rows_needed, ROWS_BY_INFLUENCE * unpacked(content["influence"]))
        self.n_sums = self._n + len(self._upper[0])

    def sums(self, scores: Scores, weights: Weights, starts: Starts) -> Floats:
        """Return sums and products of the scores of stretches of rows."""
        weighted = scores * weights[:, np.newaxis]
        sums = np.add.reduceat(weighted, starts, axis=0, dtype=np.float64)
        if len(starts) == 1:
            products = (weighted.T @ scores)[self._upper][np.newaxis].astype(np.float64)
        else:
            one, other = self._upper
            products = np.add.reduceat(weighted[:, one] * scores[:, other], starts, axis=0, dtype=np.float64)
        return np.concatenate([sums, products], axis=1)

    def read(self, means: Floats, n: float) -> Reading:
        """Return the greatest change; a feature that is constant in the window has no correlation."""
        mean, products = means[: self._n], means[self._n :]
        spread = np.sqrt(np.maximum(products[self._diagonal] - np.square(mean), 0))
        one, other = self._pairs
        moves = spread > 1e-3
        known = moves[one] & moves[other] & (n >= self._rows_needed)
        if n <= 4 or not known.any():
            return UNKNOWN
        with np.errstate(divide="ignore", invalid="ignore"):
            correlation = (products[self._off_diagonal] - mean[one] * mean[other]) / (spread[one] * spread[other])
        change = np.abs(_fisher(correlation) - self._fisher)[known]
        noise = np.sqrt(self._variance[known] * (1 / (n - 3) + 1 / (self._rows - 3)))
        # Student's distribution instead of the normal one is conservative: with few rows the tails of z are slightly
        # heavy.
        pvalue = 2 * float(stdtr(n - 3, -(change / noise).max())) * int(known.sum())
        return Reading(float(change.max()), float(change.max()), min(pvalue, 1.0))


def _fisher(correlation: Floats) -> Floats:
    return np.arctanh(np.clip(correlation, -GREATEST, GREATEST))


def learn(scores: Scores, seed: int) -> dict[str, Any]:
    """Learn the correlation of each pair, and how it varies from sample to sample."""
    exact = scores.astype(np.float64)
    spread = exact.std(axis=0)
    exact = (exact - exact.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    pairs = np.triu_indices(scores.shape[1], 1)
    correlation = np.clip(exact.T @ exact / len(exact), -GREATEST, GREATEST)
    return {
        "features": scores.shape[1],
        "rows": len(scores),
        "fisher": packed(_fisher(correlation[pairs])),
        "kurtosis": packed(np.square(np.square(exact)).mean(axis=0)),
        "variance": packed(_variances(exact, correlation)[pairs]),
        "influence": packed(_influence_kurtosis(exact, correlation)[pairs]),
    }


def _variances(standardised: Floats, correlation: Floats) -> Floats:
    """Return n times the variance of Fisher's z for each pair: 1 for normal features, and at least 1."""
    n, squares = len(standardised), np.square(standardised)
    both = squares.T @ squares / n
    cubes = (squares * standardised).T @ standardised / n
    fourth = np.square(squares).mean(axis=0)
    four = fourth[:, np.newaxis] + 2 * both + fourth
    r = correlation
    influence = both - r * (cubes + cubes.T) + np.square(r) / 4 * four
    return np.asarray(np.maximum(influence / np.square(1 - np.square(r)), 1.0))


def _influence_kurtosis(standardised: Floats, correlation: Floats) -> Floats:
    """Return the kurtosis of what each row adds to each correlation, shape (n_features, n_features)."""
    squares, kurtosis = np.square(standardised), np.ones_like(correlation)
    for one in range(len(correlation)):
        added = standardised[:, one, np.newaxis] * standardised
        added -= correlation[one] / 2 * (squares[:, one, np.newaxis] + squares)
        np.square(added, out=added)
        second = np.maximum(added.mean(axis=0), 1e-12)
        kurtosis[one] = np.square(added).mean(axis=0) / np.square(second)
    return kurtosis


MEASURE = JointMeasure(
    "correlation_change",
    "correlation_change",
    "Greatest change of a correlation",
    "Greatest change of a correlation between two features, on Fisher's scale. Includes noise: see its p-value.",
    learn,
    Correlation,
)
