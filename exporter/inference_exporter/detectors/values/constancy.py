"""Whether the features of a batch vary at all, decided by a few rows if these suffice."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...arrays import Column, Floats
from ...reference.buckets import CategoricalBuckets
from ...reference.grid import Grid, Located
from ...samples.batch import Batch

HEAD = 16  # rows that nearly always suffice


class Variation(NamedTuple):
    """Of each feature, shape (n_features,)."""

    varies: NDArray[np.bool_]
    values: Floats
    """A number for one of its values, the same for equal values; NaN if all are missing."""
    last_present: NDArray[np.intp]
    """The last row that has the feature; -1 if no row does."""


def variation_of(batch: Batch, located: Located, grid: Grid, features: NDArray[np.intp]) -> Variation:
    """Return the variation of the columns of a grid at the places `features`."""
    head = _variation(batch, located, grid, features, slice(None, HEAD))
    last = np.where(head.last_present >= 0, head.last_present, -1)
    if batch.size <= HEAD:
        return head
    tail = _present(located, grid, features, slice(batch.size - 1, None))[:, 0]
    last[tail] = batch.size - 1
    open_places = np.flatnonzero(~head.varies | ~tail)
    if len(open_places):
        whole = _variation(batch, located, grid, features[open_places], slice(None))
        head.varies[open_places], head.values[open_places] = whole.varies, whole.values
        last[open_places] = whole.last_present
    return Variation(head.varies, head.values, last)


def _present(located: Located, grid: Grid, features: NDArray[np.intp], rows: slice) -> NDArray[np.bool_]:
    return np.asarray(located.cells[features, rows] < grid.missing_cells[features, np.newaxis])


def _variation(batch: Batch, located: Located, grid: Grid, features: NDArray[np.intp], rows: slice) -> Variation:
    present = _present(located, grid, features, rows)
    any_present = present.any(axis=1)
    least, greatest = np.full((2, len(features)), np.nan)
    some = np.flatnonzero(any_present)  # a column that the batch lacks costs no more than to see that
    codes = _codes(located, grid, features[some], rows)
    least[some] = np.where(present[some], codes, np.inf).min(axis=1, initial=np.inf)
    greatest[some] = np.where(present[some], codes, -np.inf).max(axis=1, initial=-np.inf)
    varies = any_present & (least < greatest)
    values = greatest
    n = present.shape[1]
    last = np.where(any_present, n - 1 - present[:, ::-1].argmax(axis=1), -1)
    for place in np.flatnonzero(any_present & ~varies).tolist():
        column = grid.columns[int(features[place])]
        if isinstance(column.buckets, CategoricalBuckets):
            cell = int(values[place]) - int(grid.starts[features[place]])
            column_values = batch.features.get(column.name)
            # The last cells of a column can hold several categories each.
            if cell >= len(column.buckets.categories) and column_values is not None:
                met = _met(column_values[rows])
                varies[place] = len(met) > 1
                values[place] = _code(met[-1])
    return Variation(varies, values, last)


def _codes(located: Located, grid: Grid, features: NDArray[np.intp], rows: slice) -> Floats:
    """Return numbers that are equal for equal values: deviations, or cells of categories and of infinities."""
    codes = located.cells[features, rows].astype(np.float64)
    numeric = grid.numeric_place[features]
    chosen = np.flatnonzero(numeric >= 0)
    deviations = located.deviations[numeric[chosen], rows]
    finite = codes[chosen] < grid.missing_cells[features[chosen], np.newaxis] - 1
    codes[chosen] = np.where(finite, deviations, codes[chosen])
    return codes


def _met(column: Column) -> Sequence[str]:
    values = column.tolist() if isinstance(column, np.ndarray) else column
    return list({str(value): None for value in values if value is not None and value == value})


def _code(text: str) -> float:
    return float(1e9 + (hash(text) & (2**48 - 1)))
