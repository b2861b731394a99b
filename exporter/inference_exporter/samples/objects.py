"""Turns objects, one per sample, into columns by key."""

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any

import numpy as np

from ..values.faults import Fault, shown
from ..values.numbers import EXACT_INTEGERS, exact

NAME_LENGTH_AT_MOST = 256
DENSE = 4  # maximum ratio of cells to values
# A cell takes 8 bytes as a pointer: 8 MB at most for a block of samples whose names all differ.
CELLS_AT_MOST, CELLS_AT_ONCE = 1_000_000, 400_000
NUMBERS: frozenset[type] = frozenset({int, float})
NUMBER_TYPES = NUMBERS | {type(None)}


class Sparse(Exception):
    """The objects share so few names that their columns would be mostly empty: convert `rows` objects at a time."""

    def __init__(self, rows: int) -> None:
        super().__init__(rows)
        self.rows = rows


def object_columns(name: str, column: Any, size: int) -> dict[str, Any]:
    """Return objects, one per sample, as columns by key.

    Raises
    ------
    Fault
        If a value is not an object, or a name is too long.
    Sparse
        If the columns would have too many cells.
    """
    columns = dict(column or {}) if column is None or isinstance(column, Mapping) else _columns_of(name, column)
    if columns and max(map(len, columns)) > NAME_LENGTH_AT_MOST:
        wrong = next(key for key in columns if len(key) > NAME_LENGTH_AT_MOST)
        raise Fault(f"{name}: expected names of at most {NAME_LENGTH_AT_MOST} characters, got {shown(wrong)}")
    return columns


def _columns_of(name: str, column: Sequence[Any]) -> dict[str, Any]:
    if not set(map(type, column)) <= {dict, type(None)}:
        wrong = next(value for value in column if not isinstance(value, dict | None))
        raise Fault(f"{name}: expected an object, got {shown(wrong)}")
    objects = [value or {} for value in column]
    names = tuple(objects[0])
    # As many names as the first; `_same_keys` raises KeyError if they are others.
    if len(names) > 1 and all(len(item) == len(names) for item in objects):
        try:
            return _same_keys(names, objects)
        except KeyError:
            pass
    every = dict.fromkeys(chain.from_iterable(objects))
    cells = len(every) * len(objects)
    if cells <= DENSE * sum(map(len, objects)):
        return {key: [item.get(key) for item in objects] for key in every}
    if cells > CELLS_AT_MOST and len(objects) > 1:
        # Half as many objects have about half as many names, and a quarter of the cells.
        raise Sparse(max(1, int(len(objects) * math.sqrt(CELLS_AT_ONCE / cells))))
    return _filled(every, objects)


def _filled(names: Iterable[str], objects: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return mostly empty columns, visiting only the present values."""
    columns: dict[str, list[Any]] = {name: [None] * len(objects) for name in names}
    for row, item in enumerate(objects):
        for name, value in item.items():
            columns[name][row] = value
    return columns


def _same_keys(names: Sequence[str], objects: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return objects of one shape as columns: numbers in one conversion, other values one by one."""
    numeric = [name for name in names if type(objects[0][name]) in NUMBERS]
    columns = _numeric_columns(numeric, objects) if len(numeric) > 1 else {}
    for name in names:
        if name not in columns:
            columns[name] = [item[name] for item in objects]
    return columns


def _numeric_columns(names: Sequence[str], objects: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the columns whose values are all numbers or missing, and that a float holds exactly."""
    pick = itemgetter(*names)
    values = list(chain.from_iterable(map(pick, objects)))
    # Of every value: numpy turns booleans and numeric text into numbers, so a look at some rows would miss others.
    if not set(map(type, values)) <= NUMBER_TYPES:
        columns = ((name, [item[name] for item in objects]) for name in names)
        return {name: _exact(column) for name, column in columns if set(map(type, column)) <= NUMBER_TYPES}
    try:
        matrix = np.fromiter(values, np.float64, len(values)).reshape(-1, len(names))
    except OverflowError:  # a whole number of hundreds of digits
        return {}
    # Transposed in memory too: each column is read many times, and a stride would miss the cache each time.
    found = dict(zip(names, np.ascontiguousarray(matrix.T), strict=True))
    if (np.abs(matrix) < EXACT_INTEGERS).all():
        return found
    return {name: column for name, column in found.items() if exact(column)}


def _exact(column: list[Any]) -> Any:
    """Return numbers as an array, unless they are identifiers, which keep all digits."""
    try:
        numbers = np.array(column, dtype=np.float64)
    except OverflowError:
        return column
    return numbers if exact(numbers) else column
