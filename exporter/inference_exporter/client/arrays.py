"""Arrays of numpy, scipy and PyTorch, read without importing any of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

CELLS_AT_MOST = 4_000_000
"""A larger array would take seconds to read; its features are left out."""
SUM_TOLERANCE = 1e-3
"""How far the sum of probabilities in single precision may be from 1."""


def columns_of_array(value: Any, names: Sequence[str]) -> Mapping[str, Sequence[Any]] | None:
    """Return the columns of an array of rows; None for anything else, or if it has more than two dimensions.

    Columns are named by `names` if there are as many, else by their position.
    """
    array = dense(value)
    shape = getattr(array, "shape", None)
    if shape is None or not hasattr(array, "tolist") or len(shape) not in (1, 2):
        return None
    if shape[0] * (shape[1] if len(shape) == 2 else 1) > CELLS_AT_MOST:
        return None
    if len(shape) == 1:  # one row
        array = array.reshape(1, -1)
    return dict(zip(positional(names, array.shape[1]), array.T.tolist(), strict=True))


def positional(names: Sequence[str], width: int) -> Sequence[str]:
    """Return names for columns: those known if there are as many, else names made of the position."""
    return names if len(names) == width else [f"feature_{place}" for place in range(width)]


def probabilities(value: Any) -> list[list[float]] | None:
    """Return the rows of an array of at least two columns that are probabilities; None for anything else."""
    array = dense(value)
    shape: Any = getattr(array, "shape", ())
    if len(shape) != 2 or shape[1] < 2 or not shape[0] or not hasattr(array, "tolist"):
        return None
    rows: list[list[float]] = array.tolist()
    if not all(isinstance(share, int | float) for share in rows[0]):
        return None
    return rows if all(min(row) >= 0 and abs(sum(row) - 1) <= SUM_TOLERANCE for row in rows) else None


def dense(value: Any) -> Any:
    """Return a tensor of PyTorch or a sparse matrix of scipy as an array of numpy, anything else as it is."""
    if hasattr(value, "detach"):  # a tensor of PyTorch
        return value.detach().cpu().numpy()
    if hasattr(value, "toarray") and value.shape[0] * value.shape[1] <= CELLS_AT_MOST:  # a sparse matrix of scipy
        return value.toarray()
    return value
