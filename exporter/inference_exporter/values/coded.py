"""Columns of categories as codes: each different category once."""

import numpy as np
from numpy.typing import NDArray

from ..arrays import Column, DictionaryColumn
from .categories import category_text

Codes = NDArray[np.intp]


class _Vocabulary(dict[object, int]):
    """A code for each different value."""

    def __missing__(self, value: object) -> int:
        code = self[value] = len(self)
        return code


def coded(column: Column) -> tuple[Codes, tuple[str, ...]]:
    """Return the code of each value, -1 if it is missing or not a category, and the text of each code."""
    codes, values = _parts(column)
    texts = _Vocabulary()
    own = np.array([-1 if (text := _text(value)) is None else texts[text] for value in values] + [-1], dtype=np.intp)
    return own[codes], tuple(str(text) for text in texts)  # code -1 selects the last


def _parts(column: Column) -> tuple[Codes, tuple[object, ...]]:
    if isinstance(column, DictionaryColumn):
        return column.codes, column.values
    if isinstance(column, np.ndarray):
        unique, codes = np.unique(column, return_inverse=True)
        return codes, tuple(unique.tolist())
    known = _Vocabulary()
    try:
        return np.fromiter(map(known.__getitem__, column), np.intp, len(column)), tuple(known)
    except TypeError:  # lists and objects are not hashable
        plain = [None if isinstance(value, list | dict) else value for value in column]
        known.clear()
        return np.fromiter(map(known.__getitem__, plain), np.intp, len(plain)), tuple(known)


def _text(value: object) -> str | None:
    try:
        return category_text(value)
    except TypeError:
        return None
