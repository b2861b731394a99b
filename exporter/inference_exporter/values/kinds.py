"""The kind of a column: the majority of its values decides."""

from collections import Counter
from collections.abc import Iterable

import numpy as np

from ..arrays import Column, DictionaryColumn
from .missing import is_missing_number
from .numbers import EXACT_INTEGERS, are_identifiers

# Numbers that JSON cannot write may arrive as the texts that JavaScript and protobuf use for them.
NOT_FINITE_TEXTS = frozenset({"NaN", "Infinity", "-Infinity"})
NEARLY_ALL = 0.95
MANY_NUMBERS = 20  # more distinct ones are quantities, despite a few words among them
_NUMBERS = frozenset({int, float, type(None)})


def is_numeric(column: Column) -> bool:
    """Return whether a reference column holds numbers; text and booleans are categories.

    A mixed column is numeric if nearly all values are numbers, or most are, with
    many distinct ones. Missing values do not count, and a column of missing
    values only is numeric. Whole numbers too long for floats are identifiers, and
    so categories.
    """
    if isinstance(column, np.ndarray):
        return True
    if isinstance(column, DictionaryColumn):
        present = np.bincount(column.codes[column.codes >= 0], minlength=len(column.values))
        return _mostly_numbers(zip(column.values, present.tolist(), strict=True))
    kinds = set(map(type, column))
    if kinds <= _NUMBERS:
        return not are_identifiers(column)
    if not kinds & {int, float} or kinds <= {bool, type(None)}:
        return False
    return _mostly_numbers((value, 1) for value in column)


def _mostly_numbers(values: Iterable[tuple[object, int]]) -> bool:
    numbers: Counter[float] = Counter()
    others = 0
    for value, count in values:
        if _is_number(value):
            numbers[value] += count  # type: ignore[index]
        elif value is not None and not _says_nothing(value):
            others += count
    return mostly_numbers(numbers.total(), len(numbers), others)


def _is_number(value: object) -> bool:
    if type(value) is int:
        return -EXACT_INTEGERS < value < EXACT_INTEGERS
    return isinstance(value, float)


def _says_nothing(value: object) -> bool:
    return isinstance(value, str) and (value in NOT_FINITE_TEXTS or is_missing_number(value))


def mostly_numbers(numbers: int, different: int, others: int) -> bool:
    """Return whether a column is numeric, given its numbers, how many of them are distinct, and its other values."""
    if numbers <= others:
        return not others
    return numbers >= NEARLY_ALL * (numbers + others) or different > MANY_NUMBERS
