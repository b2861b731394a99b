"""Names for arrays by what they hold."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Cells = NDArray[np.intp]
"""The histogram cell of each sample."""
Rows = NDArray[np.intp] | slice
"""Selected samples of a batch."""
Column = NDArray[np.float64] | Sequence[object]
"""One value per sample: numbers (NaN if missing) or decoded Python values (None if missing)."""


@dataclass(frozen=True, slots=True, eq=False)
class DictionaryColumn(Sequence[object]):
    """A column of few distinct values, stored once each: ``values[codes[i]]``, None where the code is -1."""

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

    def __iter__(self) -> Iterator[object]:
        return map((*self.values, None).__getitem__, self.codes.tolist())  # code -1 selects the last

    def take(self, rows: NDArray[np.intp]) -> "DictionaryColumn":
        """Return the given rows, in the given order."""
        return DictionaryColumn(self.codes[rows], self.values)

    def map(self, numbers: NDArray[np.generic], missing: float) -> NDArray[np.generic]:
        """Return a number for each row, given one number per value and one for missing values."""
        table = np.append(numbers, np.array([missing]).astype(numbers.dtype))
        return np.asarray(table[self.codes])  # code -1 selects the last


def length_of(rows: Rows) -> int:
    """Return the number of rows."""
    return rows.stop - rows.start if isinstance(rows, slice) else len(rows)


def column_rows(column: Any, rows: Rows) -> Any:
    """Return the given rows of a column of any kind, in the given order; None if there is no column."""
    if column is None:
        return None
    if isinstance(rows, slice) or isinstance(column, np.ndarray):
        return column[rows]
    return column.take(rows) if isinstance(column, DictionaryColumn) else [column[row] for row in rows.tolist()]
