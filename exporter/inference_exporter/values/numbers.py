"""Numbers: which values are one, and columns as arrays of them."""

import math
from collections.abc import Sequence

import numpy as np

from ..arrays import Column, DictionaryColumn, Floats
from .missing import is_missing_number

EXACT_INTEGERS = 2.0**53
"""From here on not every whole number is a float of its own: longer ones are identifiers."""

TYPES_LOOKED_AT = 256


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
    # numpy takes 2023_01 for a number. A look at some values tells where texts are; one among thousands does no harm.
    if str not in map(type, column[:: 1 + len(column) // TYPES_LOOKED_AT]):
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
    """Tell whether floats can hold whole numbers of an array without changing them."""
    with np.errstate(invalid="ignore"):
        return not (np.abs(numbers) >= EXACT_INTEGERS).any()


def are_identifiers(column: Sequence[object]) -> bool:
    """Tell whether most of a column are whole numbers that floats cannot tell apart."""
    long = sum(type(value) is int and not -EXACT_INTEGERS < value < EXACT_INTEGERS for value in column)
    return 2 * long > len(column)
