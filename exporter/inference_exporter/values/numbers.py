"""Numbers: which values are one, and columns as arrays of them."""

import math
from array import array
from collections.abc import Sequence
from typing import cast

import numpy as np

from ..arrays import Column, DictionaryColumn, Floats
from .missing import is_missing_number

EXACT_INTEGERS = 2.0**53
"""From here on not every whole number is a float of its own: longer ones are identifiers."""
_PLAIN_TYPES = frozenset({int, float, bool, type(None)})


def number_of(text: str) -> float | None:
    """Return the number that a text says, NaN where it means a missing one, None where it says something else.

    Unlike Python, where 2023_01 is 202301, an underscore makes a code.
    """
    if "_" not in text:
        try:
            return float(text)
        except ValueError:
            pass
    return math.nan if is_missing_number(text) else None


def as_numbers(column: Column) -> Floats:
    """Return a column as numbers.

    Missing values (None, or a text that means it) become NaN. Numeric text
    counts as a number, true and false as 1 and 0; anything else becomes
    infinite, which is where buckets count what is not a finite number.
    """
    if isinstance(column, np.ndarray):
        return column
    if isinstance(column, DictionaryColumn):
        return column.map(as_numbers(column.values), np.nan).astype(np.float64, copy=False)
    try:
        return np.frombuffer(array("d", cast(Sequence[float], column)))  # it refuses what is not a number
    except (TypeError, OverflowError):
        pass
    if set(map(type, column)) <= _PLAIN_TYPES:
        try:
            return np.array(column, dtype=np.float64)
        except OverflowError:
            pass
    return _each(column)


def _each(column: Sequence[object]) -> Floats:
    texts = {value: _as_number(value) for value in {value for value in column if isinstance(value, str)}}
    return np.array(
        [texts[value] if isinstance(value, str) else _as_number(value) for value in column], dtype=np.float64
    )


def _as_number(value: object) -> float:
    if value is None:
        return np.nan
    if isinstance(value, str):
        number = number_of(value)
        return np.inf if number is None else number
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return np.inf
