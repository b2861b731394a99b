"""Columns of decoded values as typed columns: numbers as an array, few different texts once each."""

from typing import Any

import numpy as np

from ..arrays import Column, DictionaryColumn
from ..values.numbers import EXACT_INTEGERS

NUMBERS: frozenset[type] = frozenset({int, float})
MISSING = type(None)
FEW = 0.75
"""A column whose share of different texts is larger stays as it is."""


def typed(column: Any) -> Any:
    """Return a list as an array or as a column of few texts if all its values allow it; any other column as it is."""
    if type(column) is not list or not column:
        return column
    kinds = set(map(type, column))
    if kinds - {MISSING} <= NUMBERS and kinds != {MISSING}:
        return _numbers(column)
    return _few_texts(column) if kinds <= {str, MISSING} and str in kinds else column


def _numbers(column: list[Any]) -> Column:
    """Return numbers, NaN if missing; identifiers, which have too many digits for a float, keep them."""
    try:
        numbers = np.array(column, dtype=np.float64)
    except OverflowError:
        return column
    return column if (np.abs(numbers) >= EXACT_INTEGERS).any() else numbers


def _few_texts(column: list[Any]) -> Column:
    texts = dict.fromkeys(column)
    texts.pop(None, None)
    if len(texts) > FEW * len(column):
        return column
    codes: dict[Any, int] = {text: code for code, text in enumerate(texts)} | {None: -1}
    found = np.fromiter(map(codes.__getitem__, column), np.intp, len(column))
    return DictionaryColumn(found, tuple(texts))
