"""Columns of decoded values as typed columns: numbers as an array, few different texts once each."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..arrays import Column, DictionaryColumn
from ..values.numbers import EXACT_INTEGERS, floats_of
from .fields import KEY_FIELDS, OUTCOME_FIELDS, SAMPLE_FIELDS

NUMBERS: frozenset[type] = frozenset({int, float})
MISSING = type(None)
FEW, TEXT_LENGTH_AT_MOST = 0.75, 4096
"""A column whose share of different texts is larger, or that has longer texts, stays as it is."""
AS_THEY_ARE = frozenset((*SAMPLE_FIELDS, *OUTCOME_FIELDS, *KEY_FIELDS)) - {"prediction", "action"}
"""Columns with rules, whose messages show values as they were sent."""


def typed_columns(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of samples, with those of features, scores, predictions and actions typed."""
    found = {}
    for name, column in columns.items():
        if name in ("features", "scores") and isinstance(column, dict):
            found[name] = {key: typed(leaf) for key, leaf in column.items()}
        elif name in AS_THEY_ARE or (name in ("prediction", "action") and _has_missing(column)):
            found[name] = column
        else:
            found[name] = typed(column)
    return found


def _has_missing(column: Any) -> bool:
    """Return whether a value is missing, which a sample without features must not be."""
    return not isinstance(column, list) or None in column


def typed(column: Any) -> Any:
    """Return a list as an array or as a column of few texts if all its values allow it; any other column as it is."""
    if type(column) is not list or not column:
        return column
    if (numbers := floats_of(column)) is not None:
        return numbers
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
    if len(texts) > FEW * len(column) or max(map(len, texts)) > TEXT_LENGTH_AT_MOST:
        return column
    codes: dict[Any, int] = {text: code for code, text in enumerate(texts)} | {None: -1}
    found = np.fromiter(map(codes.__getitem__, column), np.intp, len(column))
    return DictionaryColumn(found, tuple(texts))
