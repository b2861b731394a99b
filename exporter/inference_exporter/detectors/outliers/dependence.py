"""Dependence: whether the values of a sample go together like those of the reference.

Each numeric value is replaced by the normal score of its rank, which is
bounded, so that a single far value does not look like broken dependence. The
measure is the Mahalanobis distance of these scores.

References
----------
Mahalanobis (1936), Proc. Natl. Inst. Sci. India 2:49-55. Normal scores: van
der Waerden (1952), Indag. Math. 14:453-458. The covariance is shrunk to that
of independent columns: Schäfer and Strimmer (2005), A shrinkage approach to
large-scale covariance matrix estimation, Stat. Appl. Genet. Mol. Biol. 4:32.
"""

import numpy as np
from numpy.typing import NDArray

from ...arrays import Floats
from ...reference.buckets import NumericBuckets
from ...reference.normal_scores import scores_of_middle_ranks, standardised
from ...reference.reference import ColumnReference

LEAST_SHRINKAGE = 0.02  # so that rounding is no outlier between columns that repeat each other
Scores = NDArray[np.float32]


def normal_scores(column: ColumnReference) -> Floats | None:
    """Return the normal score of each cell of a numeric column: mean 0 and variance 1 over the reference.

    Missing and non-finite values score 0, which is neutral. None if all values
    of the column are the same.
    """
    assert isinstance(column.buckets, NumericBuckets)
    ranges = column.buckets.n_ranges
    counts = column.counts[:ranges].astype(np.float64)
    if np.count_nonzero(counts) < 2:
        return None
    scores = np.zeros(column.buckets.n_cells)
    scores[:ranges] = standardised(scores_of_middle_ranks(counts, 0.5), counts)
    return scores


def correlation(scores: Scores) -> Floats:
    """Return the shrunk correlation matrix of normal scores, shape (n_columns, n_rows) to (n_columns, n_columns)."""
    return shrunk(scores.astype(np.float64) @ scores.T.astype(np.float64) / scores.shape[1], scores.shape[1])


def shrunk(moments: Floats, rows: int) -> Floats:
    """Return second moments as a correlation matrix, with off-diagonals shrunk by their uncertainty."""
    # Constant columns have no variance; a tiny one keeps them from dividing by zero.
    spread = np.sqrt(np.maximum(np.diag(moments), 1e-12))
    found = moments / spread[:, np.newaxis] / spread
    outside = ~np.eye(len(found), dtype=np.bool_)
    squares = np.square(found[outside])
    noise = np.square(1 - np.minimum(squares, 1.0)).sum() / max(rows - 1, 1)
    intensity = min(max(noise / max(float(squares.sum()), 1e-12), LEAST_SHRINKAGE), 1.0)
    result = found * (1 - intensity)
    np.fill_diagonal(result, 1.0)
    return np.asarray(result)


def whitening(matrix: Floats) -> Floats:
    """Return the matrix W with ``|W z|² = zᵀ matrix⁻¹ z``.

    Raises
    ------
    numpy.linalg.LinAlgError
        If the matrix is not positive definite.
    """
    # Inverted once: each batch then costs one product.
    return np.asarray(np.linalg.inv(np.linalg.cholesky(matrix)))


def distances(whiten: Floats | Scores, scores: Floats | Scores) -> Floats:
    """Return squared Mahalanobis distances, shape (n_columns, n) to (n,)."""
    white = whiten @ scores
    return np.asarray(np.einsum("ij,ij->j", white, white), dtype=np.float64)


def contributions(whiten: Floats, scores: Floats) -> Floats:
    """Return each column's part of the squared distance of one sample, shape (n_columns,); they sum to it."""
    return np.asarray(scores * (whiten.T @ (whiten @ scores)))
