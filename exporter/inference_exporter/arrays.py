"""Arrays by the name of what they hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Cells = NDArray[np.intp]
"""One cell a sample: its place in a histogram."""
Rows = NDArray[np.intp] | slice
"""Which samples of a batch."""
Column = NDArray[np.float64] | Sequence[object]
"""One value a sample: numbers with NaN where missing, or Python values as they were decoded (None where missing)."""


@dataclass(frozen=True, slots=True, eq=False)
class DictionaryColumn(Sequence[object]):
    """A column of few different values, each written once: ``values[codes[i]]``, None where the code is -1."""

    codes: NDArray[np.intp]
    values: tuple[object, ...]

    def __len__(self) -> int:
        return len(self.codes)

    @overload
    def __getitem__(self, place: int) -> object: ...
    @overload
    def __getitem__(self, place: slice) -> "DictionaryColumn": ...
    def __getitem__(self, place: int | slice) -> object:
        if isinstance(place, slice):
            return DictionaryColumn(self.codes[place], self.values)
        code = self.codes[place]
        return self.values[code] if code >= 0 else None

    def take(self, rows: NDArray[np.intp]) -> "DictionaryColumn":
        """Return some rows, in the order asked for."""
        return DictionaryColumn(self.codes[rows], self.values)

    def map(self, numbers: NDArray[np.generic], missing: float) -> NDArray[np.generic]:
        """Return what stands for each row, given one number a value and one for missing ones."""
        table = np.append(numbers, np.array([missing]).astype(numbers.dtype))
        return np.asarray(table[self.codes])  # -1 is the last


def length_of(rows: Rows) -> int:
    """Return how many rows there are."""
    return rows.stop - rows.start if isinstance(rows, slice) else len(rows)


def column_rows(column: Any, rows: Rows) -> Any:
    """Return some rows of a column of any kind, in the order asked for; None of none."""
    if column is None:
        return None
    if isinstance(rows, slice) or isinstance(column, np.ndarray):
        return column[rows]
    return column.take(rows) if isinstance(column, DictionaryColumn) else [column[row] for row in rows.tolist()]
