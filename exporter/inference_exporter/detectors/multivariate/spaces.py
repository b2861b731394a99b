"""Spaces: which features are compared together. The numeric features form one, each vector another; rows are points."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...arrays import Floats, Rows
from ...reference.base64_arrays import packed, unpacked
from ...reference.derived.vector import matrix_of, measurable
from ...reference.grid import Located
from ...samples.batch import Batch
from .measures._base import Scores
from .scores import Scoring

FARTHEST = 1e6  # scales from the mean; farther values, such as 1e160, would spoil the sums of a window
DIMENSIONS = 64  # a random projection to this many keeps distances between vectors to about a tenth


class NumericSpace:
    """The numeric features of a reference, as robust scores."""

    def __init__(self, scoring: Scoring) -> None:
        self._scoring = scoring

    def points(self, batch: Batch, located: Located, rows: Rows) -> Scores:
        """Return some rows as points, shape (n, n_features)."""
        return self._scoring.of(located, rows)


class VectorSpace:
    """One vector feature, standardised; long vectors are projected.

    References
    ----------
    Johnson and Lindenstrauss (1984), Extensions of Lipschitz mappings into a Hilbert space, Contemporary
    Mathematics 26:189-206.
    """

    def __init__(self, name: str, content: Mapping[str, Any]) -> None:
        self._name = name
        self._mean, self._scale = unpacked(content["mean"]), unpacked(content["scale"])
        if len(self._mean) != len(self._scale):
            raise ValueError(f"{name}: expected as many scales as means, got {len(self._scale)} and {len(self._mean)}")
        length = len(self._mean)
        self.dimensions = min(length, DIMENSIONS)
        self._projection = None
        if length > DIMENSIONS:
            drawn = np.random.RandomState(int(content["seed"])).standard_normal((length, DIMENSIONS))
            self._projection = np.asarray(drawn / np.sqrt(DIMENSIONS), dtype=np.float32)

    def points(self, batch: Batch, located: Located, rows: Rows) -> Scores:
        """Return some rows as points, shape (n, dimensions); invalid vectors become the reference's mean."""
        column = batch.sources.get(self._name)
        if column is None:
            return np.zeros((len(located.cells[0, rows]), self.dimensions), dtype=np.float32)
        chosen = column[rows] if isinstance(rows, slice) else [column[row] for row in rows.tolist()]
        matrix = matrix_of(chosen, len(self._mean))
        with np.errstate(over="ignore", invalid="ignore"):
            standardised = np.where(np.isfinite(matrix), (matrix - self._mean) / self._scale, 0.0)
        points = np.clip(standardised, -FARTHEST, FARTHEST).astype(np.float32)
        return points if self._projection is None else points @ self._projection


def learn_vector(vectors: Floats, seed: int) -> dict[str, Any]:
    """Learn how to standardise vectors; leave out rows with missing or excessive components."""
    present = vectors[measurable(vectors)]
    spread = present.std(axis=0)
    scale = np.where(spread > 0, spread, 1.0)
    return {"mean": packed(present.mean(axis=0)), "scale": packed(scale), "seed": seed}
