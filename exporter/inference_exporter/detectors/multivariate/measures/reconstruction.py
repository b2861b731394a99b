"""Reconstruction error: the distance of rows from the reference's principal components."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ....arrays import Floats
from ....measures.special_functions import ndtr, ndtri
from ....reference.base64_arrays import packed, unpacked
from ._base import JointMeasure, Reading, Scores, Starts, Weights

EXPLAINED_VARIANCE = 0.8  # of the variance; the remaining components make up the error
QUANTILES = 255  # places an error to 0.4 % of its rank


class Reconstruction:
    """The mean error of a window over the reference's.

    The p-value uses the errors' normal scores: their mean is close to normal even
    for few rows, unlike that of the errors themselves, which are as skewed as
    squares.

    References
    ----------
    Jackson and Mudholkar (1979), Control procedures for residuals associated with principal component analysis,
    Technometrics 21(3):341-349.
    """

    n_sums = 2

    def __init__(self, content: Mapping[str, Any]) -> None:
        self._components = unpacked(content["components"]).reshape(int(content["features"]), -1).astype(np.float32)
        self._quantiles, self._scores = unpacked(content["quantiles"]), unpacked(content["scores"])
        self._mean, self._rows = float(content["mean"]), float(content["rows"])
        if len(self._quantiles) != len(self._scores):
            raise ValueError("expected as many scores as quantiles")

    def sums(self, scores: Scores, weights: Weights, starts: Starts) -> Floats:
        """Return the sums of the errors of stretches of rows, and of the normal scores of the errors."""
        error = errors(scores, self._components)
        both = np.stack([error, np.interp(error, self._quantiles, self._scores)], axis=1)
        return np.add.reduceat(both * weights[:, np.newaxis], starts, axis=0)

    def read(self, means: Floats, n: float) -> Reading:
        """Return the ratio of the window's mean error to the reference's; the effect is that of the normal scores."""
        effect = float(abs(means[1]))
        ratio = float(means[0]) / self._mean if self._mean > 0 else np.nan
        return Reading(ratio, effect, float(2 * ndtr(-effect / np.sqrt(1 / n + 1 / self._rows))))


def errors(scores: Scores, components: Scores) -> Floats:
    """Return the squared distance of rows from the plane of the components, shape (n,)."""
    inside = scores @ components
    # Pythagoras: the part outside the plane, without forming it.
    error = np.einsum("ij,ij->i", scores, scores) - np.einsum("ij,ij->i", inside, inside)
    return np.asarray(np.maximum(error, 0.0), dtype=np.float64)


def _components(products: Floats) -> Scores:
    """Return the components that explain enough of the variance, leaving out at least one."""
    values, vectors = np.linalg.eigh(products)
    explained = np.cumsum(values[::-1]) / max(values.sum(), 1e-300)
    # One component at least is left out, or every row would be explained completely.
    number = min(int(np.searchsorted(explained, EXPLAINED_VARIANCE)) + 1, len(values) - 1)
    return np.asarray(vectors[:, ::-1][:, :number], dtype=np.float32)


def learn(scores: Scores, seed: int) -> dict[str, Any]:
    """Learn components from one half of the rows, and their errors on unseen rows from the other half."""
    # Components fit the rows that they were learned from; errors of unseen rows are what windows will have.
    own, others = np.array_split(np.random.RandomState(seed).permutation(len(scores)), 2)
    exact = scores[own].astype(np.float64)
    components = _components(exact.T @ exact)
    error = errors(scores[others], components)
    quantiles, normal = _normal_scores(error)
    return {
        "features": scores.shape[1],
        "rows": len(others),
        "mean": float(error.mean()),
        "components": packed(components),
        "quantiles": packed(quantiles),
        "scores": packed(normal),
    }


def _normal_scores(error: Floats) -> tuple[Floats, Floats]:
    """Return quantiles of errors and their normal scores, with mean 0 and variance 1; both ascend."""
    quantiles, start = np.unique(np.quantile(error, (np.arange(QUANTILES) + 0.5) / QUANTILES), return_index=True)
    # If many rows share an error, its score is the one in their middle.
    normal = ndtri((start + np.append(start[1:], QUANTILES)) / 2 / QUANTILES)
    own = np.interp(error, quantiles, normal)
    return quantiles, (normal - own.mean()) / (own.std() or 1.0)


MEASURE = JointMeasure(
    "reconstruction_error",
    "reconstruction_error_ratio",
    "Reconstruction error",
    "Mean squared distance of the window from the reference's principal components, over that of the reference.",
    learn,
    Reconstruction,
)
