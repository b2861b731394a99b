"""Training-serving skew: a feature as sent, compared with the value that the model used."""

from typing import NamedTuple

import numpy as np

from ...arrays import Cells, Column
from ...values.categories import category_text

RELATIVE_TOLERANCE = 1e-6  # the precision of float32


class Skew(NamedTuple):
    """Rows with both values, and those among them whose values differ."""

    compared: Cells
    differing: Cells


def skew_of(raw: Column, served: Column) -> Skew:
    """Compare a feature before and after the model's preprocessing, shape (n,) both.

    Numbers differ by more than a relative 1e-6; other values differ by the text
    of their category.
    """
    if isinstance(raw, np.ndarray) and isinstance(served, np.ndarray):
        compared = np.flatnonzero(~(np.isnan(raw) | np.isnan(served)))
        a, b = raw[compared], served[compared]
        with np.errstate(invalid="ignore", over="ignore"):
            close = (a == b) | (np.abs(a - b) <= RELATIVE_TOLERANCE * np.maximum(np.abs(a), np.abs(b)))
        return Skew(compared, compared[~close])
    pairs = [(row, one, other) for row, (one, other) in enumerate(zip(_values(raw), _values(served), strict=True))]
    both = [pair for pair in pairs if not (_missing(pair[1]) or _missing(pair[2]))]
    differing = [row for row, one, other in both if not _same(one, other)]
    return Skew(np.array([row for row, *_ in both], dtype=np.intp), np.array(differing, dtype=np.intp))


def _values(column: Column) -> list[object]:
    return column.tolist() if isinstance(column, np.ndarray) else list(column)


def _missing(value: object) -> bool:
    return value is None or value != value


def _same(one: object, other: object) -> bool:
    if type(one) in (int, float) and type(other) in (int, float):
        a, b = float(one), float(other)  # type: ignore[arg-type]
        return a == b or abs(a - b) <= RELATIVE_TOLERANCE * max(abs(a), abs(b))
    try:
        return category_text(one) == category_text(other)
    except TypeError:
        return one == other
