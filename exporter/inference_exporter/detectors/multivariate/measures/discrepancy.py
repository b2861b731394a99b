"""Maximum mean discrepancy with random Fourier features: any change of the joint distribution, not only of margins."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ....arrays import Floats
from ....measures.special_functions import ndtri, stdtr
from ....reference.base64_arrays import packed, unpacked
from ..quadratic_form import tail_of
from ._base import JointMeasure, Reading, Scores, Starts, Weights

FREQUENCIES = 128
BANDWIDTH_ROWS = 1000
UNIT_SHIFT = 0.3  # standard deviations, small enough for the discrepancy to grow with its square


def frequencies(n_features: int, bandwidth: float, seed: int) -> Scores:
    """Return frequencies of a Gaussian kernel, shape (n_features, FREQUENCIES).

    RandomState, because its stream is guaranteed not to change: learned means belong to these frequencies.
    """
    drawn = np.random.RandomState(seed).standard_normal((n_features, FREQUENCIES))
    return np.asarray(drawn / bandwidth, dtype=np.float32)


def _bandwidth(scores: Scores, seed: int) -> float:
    """Return the median distance between rows: the kernel then neither merges all rows nor isolates each."""
    chosen = np.random.RandomState(seed).permutation(len(scores))[:BANDWIDTH_ROWS]
    first, second = np.array_split(scores[chosen].astype(np.float64), 2)
    distances = np.linalg.norm(first[: len(second)] - second, axis=1)
    return float(np.median(distances)) or float(distances.mean()) or 1.0


def waves(scores: Scores, of: Scores) -> Scores:
    """Return the Fourier features of rows, shape (n, 2 FREQUENCIES), each row with length 1."""
    angles = scores @ of
    both = np.concatenate([np.cos(angles), np.sin(angles)], axis=1) / np.sqrt(FREQUENCIES)
    return np.asarray(both, dtype=np.float32)


def _summed(values: Scores, weights: Weights, starts: Starts) -> Floats:
    """Return the weighted sums of stretches of rows; for a single stretch a product is faster."""
    if len(starts) == 1:
        return np.asarray((weights @ values)[np.newaxis], dtype=np.float64)
    return np.asarray(np.add.reduceat(values * weights[:, np.newaxis], starts, axis=0, dtype=np.float64))


class Discrepancy:
    """The distance of a window's mean feature from the reference's.

    The squared distance between two means of n and m rows of one population
    follows (1/n + 1/m) times a weighted sum of chi-squared variables. The weights
    are the eigenvalues of the features' covariance, learned once for all windows.

    References
    ----------
    Gretton et al. (2012), A kernel two-sample test, JMLR 13:723-773; Rahimi and Recht (2007), Random features for
    large-scale kernel machines, NIPS 20; Zhao and Meng (2015), FastMMD, Neural Computation 27(6):1345-1372.
    """

    def __init__(self, content: Mapping[str, Any]) -> None:
        self._mean = unpacked(content["mean"])
        weights = unpacked(content["weights"])
        self._frequencies = frequencies(int(content["features"]), float(content["bandwidth"]), int(content["seed"]))
        self._rows, self._unit = float(content["rows"]), float(content["unit"])
        if len(self._mean) != 2 * FREQUENCIES:
            raise ValueError(f"expected a mean of {2 * FREQUENCIES} features, got {len(self._mean)}")
        self.n_sums = 2 * FREQUENCIES
        self._noise, self._tail = float(weights.sum()), tail_of(weights)

    def sums(self, scores: Scores, weights: Weights, starts: Starts) -> Floats:
        """Return the sums of the features of stretches of rows."""
        angles = scores @ self._frequencies
        sums = [_summed(wave, weights, starts) for wave in (np.cos(angles), np.sin(angles, out=angles))]
        return np.asarray(np.concatenate(sums, axis=1) / np.sqrt(FREQUENCIES))

    def read(self, means: Floats, n: float) -> Reading:
        """Return the discrepancy minus what sampling noise adds to it, 0 to 2 (in practice below 1)."""
        scale = 1 / n + 1 / self._rows
        squared = float(np.square(means - self._mean).sum())
        without_noise = max(squared - self._noise * scale, 0.0)
        effect = np.sqrt(without_noise / self._unit) * UNIT_SHIFT
        # Means of few rows have heavier tails than the asymptotic distribution: use Student's tail instead of the
        # normal one.
        pvalue = float(stdtr(n - 1, ndtri(self._tail.pvalue(squared / scale))))
        return Reading(float(np.sqrt(without_noise)), float(effect), pvalue)


def learn(scores: Scores, seed: int) -> dict[str, Any]:
    """Learn the mean, the covariance and the discrepancy of a unit shift."""
    bandwidth = _bandwidth(scores, seed)
    of = frequencies(scores.shape[1], bandwidth, seed)
    features = waves(scores, of).astype(np.float64)
    mean = features.mean(axis=0)
    weights = np.maximum(np.linalg.eigvalsh(np.cov(features.T)), 0)
    if weights.max() <= 0:
        weights = np.ones(1)
    return {
        "features": scores.shape[1],
        "rows": len(scores),
        "seed": seed,
        "bandwidth": bandwidth,
        "unit": _unit(mean, of),
        "mean": packed(mean),
        "weights": packed(weights[::-1]),
    }


def _unit(mean: Floats, of: Scores) -> float:
    """Return the squared discrepancy of a shift of one feature by UNIT_SHIFT, in the median of all features.

    A shift rotates each wave by its own angle, so the means suffice.
    """
    cosine, sine = np.split(mean, 2)
    angles = UNIT_SHIFT * of.astype(np.float64)
    moved = np.square(cosine * np.cos(angles) - sine * np.sin(angles) - cosine)
    moved += np.square(sine * np.cos(angles) + cosine * np.sin(angles) - sine)
    return float(np.median(moved.sum(axis=1))) or 1.0


MEASURE = JointMeasure(
    "mmd",
    "mmd",
    "Maximum mean discrepancy",
    "Maximum mean discrepancy of all features, minus what sampling noise alone adds; about 0 without drift, below 1.",
    learn,
    Discrepancy,
)
