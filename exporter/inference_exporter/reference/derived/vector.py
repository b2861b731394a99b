"""Vectors, such as embeddings: their length, and their distance from the reference's centre."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...arrays import Column, Floats
from ..base64_arrays import packed, unpacked
from ._base import Derive, DerivedKind, Parts

LARGEST_MEASURED = 1e150  # squares of a million of these still have a finite sum
ENOUGH_ALIKE = 0.9  # share of values that must be vectors of one length


def looks_like_vectors(column: Column) -> bool:
    """Return whether values are lists of numbers of one length."""
    present = [value for value in column if value is not None]
    lengths = Counter(len(value) for value in present if isinstance(value, list | tuple) and _holds_numbers(value))
    return bool(lengths) and max(lengths.values()) >= ENOUGH_ALIKE * len(present)


def _holds_numbers(value: Sequence[object]) -> bool:
    return len(value) > 1 and set(map(type, value)) <= {int, float}


def matrix_of(column: Column, length: int) -> Floats:
    """Return vectors as rows, shape (n, length): NaN if missing, infinite if the value is not such a vector."""
    if not isinstance(column, np.ndarray):
        try:
            column = np.array(column, dtype=np.float64)
        except (TypeError, ValueError, OverflowError):
            return np.array([_row(value, length) for value in column]).reshape(-1, length)
    if column.shape[1:] == (length,):
        return np.where(np.isfinite(column).all(axis=1, keepdims=True), column, np.inf)
    if column.ndim == 1:  # numbers instead of vectors; in an array of numbers NaN means missing
        return np.repeat(np.where(np.isnan(column), np.nan, np.inf)[:, np.newaxis], length, axis=1)
    return np.full((len(column), length), np.inf)


def _row(value: object, length: int) -> Floats:
    if value is None:
        return np.full(length, np.nan)
    if isinstance(value, list | tuple) and len(value) == length:
        try:
            row = np.array(value, dtype=np.float64)
        except (TypeError, ValueError, OverflowError):
            row = np.array([np.inf])
        if row.shape == (length,) and np.isfinite(row).all():
            return row
    return np.full(length, np.inf)


def measurable(vectors: Floats) -> NDArray[np.bool_]:
    """Return which rows have a finite mean and spread: neither missing nor as large as 1e150."""
    return np.asarray((np.abs(vectors) < LARGEST_MEASURED).all(axis=1))


def _parts(vectors: Floats, centroid: Floats) -> Parts:
    """Return Euclidean length, and Euclidean distance to the centroid."""
    with np.errstate(over="ignore", invalid="ignore"):
        return {
            "norm": np.sqrt(np.square(vectors).sum(axis=1)),
            "centroid_distance": np.sqrt(np.square(vectors - centroid).sum(axis=1)),
        }


def learn(column: Column) -> tuple[dict[str, Any], Parts]:
    """Learn length and centroid; the dimension is at least 1."""
    lengths = Counter(len(value) for value in column if isinstance(value, list | tuple))
    length = max(max(lengths, key=lambda size: lengths[size]) if lengths else 1, 1)
    vectors = matrix_of(column, length)
    present = vectors[measurable(vectors)]
    centroid = present.mean(axis=0) if len(present) else np.zeros(length)
    parts = _parts(vectors, centroid)
    if len(present) > 1:  # the distance from the centroid of all the others
        parts["centroid_distance"] *= len(present) / (len(present) - 1)
    return {"length": length, "centroid": packed(centroid)}, parts


def read(content: Mapping[str, Any]) -> Derive:
    """Return a function that derives the parts of vectors."""
    length, centroid = int(content["length"]), unpacked(content["centroid"])
    if len(centroid) != length:
        raise ValueError(f"expected a centroid of {length} numbers, got {len(centroid)}")
    return lambda column: _parts(matrix_of(column, length), centroid)


KIND = DerivedKind("vector", looks_like_vectors, learn, read)
