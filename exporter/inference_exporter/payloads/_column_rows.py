"""Rows that came as columns, such as tensors: they become lists only for a reader that looks at one of them."""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import chain
from typing import Any, overload

import numpy as np

from ..values.numbers import floats_of

MANY = 256


class ColumnRows(Sequence[list[Any]]):
    """Rows of values, kept as columns of one length without lists in them."""

    def __init__(self, columns: Sequence[Any]) -> None:
        self.columns = columns

    @cached_property
    def _rows(self) -> list[list[Any]]:
        listed = [column.tolist() if isinstance(column, np.ndarray) else column for column in self.columns]
        return list(map(list, zip(*listed, strict=True)))

    def changed(self, change: Callable[[Any], Any]) -> "ColumnRows":
        """Return the rows with each column of texts or of several kinds changed."""
        return ColumnRows([column if isinstance(column, np.ndarray) else change(column) for column in self.columns])

    def __len__(self) -> int:
        return len(self.columns[0]) if self.columns else 0

    def __iter__(self) -> Iterator[list[Any]]:
        return iter(self._rows)

    @overload
    def __getitem__(self, place: int) -> list[Any]: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[list[Any]]: ...
    def __getitem__(self, place: int | slice) -> list[Any] | Sequence[list[Any]]:
        return self._rows[place]


def numbers_of(values: list[Any]) -> Any:
    """Return many numbers as an array; values that are few, or not all exact numbers, as they are."""
    numbers = floats_of(values) if len(values) >= MANY else None
    return values if numbers is None else numbers


def rows_of_numbers(rows: Sequence[Any]) -> ColumnRows | None:
    """Return lists of one length with many numbers, and nothing else in them, as columns."""
    if set(map(type, rows)) != {list} or len(widths := set(map(len, rows))) > 1 or widths == {0}:
        return None
    found = numbers_of(list(chain.from_iterable(rows)))
    if not isinstance(found, np.ndarray):
        return None
    return ColumnRows(list(np.ascontiguousarray(found.reshape(len(rows), -1).T)))


def has_lists(column: Sequence[Any]) -> bool:
    """Return whether a column has lists in it."""
    return not isinstance(column, np.ndarray) and list in set(map(type, column))
