"""Numbers: which values are numbers, and columns as numeric arrays."""

import math
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from ..arrays import Column, DictionaryColumn, Floats
from .missing import is_missing_number

EXACT_INTEGERS = 2.0**53
"""From here on floats skip whole numbers: longer ones are identifiers."""


def number_of(text: str) -> float | None:
    """Return the number in a text; NaN if it means a missing number, None if it is not a number.

    Unlike in Python, where 2023_01 is 202301, a text with an underscore is a code.
    """
    if "_" not in text:
        try:
            return float(text)
        except ValueError:
            pass
    return math.nan if is_missing_number(text) else None


def floats_of(values: list[Any]) -> Floats | None:
    """Return numbers as floats; None unless every value is a number, no boolean, and exact as a float."""
    try:
        # Looks at every type and leaves floats as they are: half the time of a set of types and `numpy.array`.
        floats = msgspec.convert(values, list[float])
    except msgspec.ValidationError:
        return None
    numbers = np.fromiter(floats, np.float64, len(floats))
    return numbers if exact(numbers) else None


_NOT_NUMBERS = frozenset({str, list, tuple, dict})


def as_numbers(column: Column) -> Floats:
    """Return a column as numbers.

    Missing values (None, or a text that means missing) become NaN. Numeric text
    counts as a number, booleans as 1 and 0; anything else becomes infinite, which
    buckets count as not a finite number.
    """
    if isinstance(column, np.ndarray):
        return column
    if isinstance(column, DictionaryColumn):
        return column.map(as_numbers(column.values), np.nan).astype(np.float64, copy=False)
    # numpy reads 2023_01 as a number, and a list to its end.
    if _NOT_NUMBERS.isdisjoint(map(type, column)):
        try:
            numbers = np.array(column, dtype=np.float64)
        except (TypeError, ValueError, OverflowError):
            numbers = None
        if numbers is not None and numbers.ndim == 1:  # lists of one length would make a matrix
            return numbers
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


def exact(numbers: Floats) -> bool:
    """Return whether floats hold the whole numbers of an array exactly."""
    with np.errstate(invalid="ignore"):
        return not (np.abs(numbers) >= EXACT_INTEGERS).any()


def are_identifiers(column: Sequence[object]) -> bool:
    """Return whether most of a column are whole numbers too long for floats."""
    long = sum(type(value) is int and not -EXACT_INTEGERS < value < EXACT_INTEGERS for value in column)
    return 2 * long > len(column)
