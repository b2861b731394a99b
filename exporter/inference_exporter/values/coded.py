"""Columns of categories as codes: each different category once."""

import numpy as np
from numpy.typing import NDArray

from ..arrays import Column, DictionaryColumn
from .categories import category_text

Codes = NDArray[np.intp]
_BOOLEANS = {bool, np.bool_}
_TRUTHS = {True: "true", False: "false"}


class _Vocabulary(dict[object, int]):
    """A code for each different value."""

    def __missing__(self, value: object) -> int:
        code = self[value] = len(self)
        return code


def coded(column: Column) -> tuple[Codes, tuple[str, ...]]:
    """Return the code of each value, -1 if it is missing or not a category, and the text of each code.

    Parameters
    ----------
    column : DictionaryColumn, ndarray, or sequence of object, of length n

    Returns
    -------
    codes : ndarray of int, shape (n,)
    texts : tuple of str
        As `category_text` gives them, each once, in the order of their first value.
    """
    codes, values = _parts(column)
    texts = _Vocabulary()
    own = np.array([-1 if (text := _text(value)) is None else texts[text] for value in values] + [-1], dtype=np.intp)
    return own[codes], tuple(str(text) for text in texts)  # code -1 selects the last


def _parts(column: Column) -> tuple[Codes, tuple[object, ...]]:
    if isinstance(column, DictionaryColumn):
        return column.codes, column.values
    if isinstance(column, np.ndarray) and column.dtype != object:
        unique, codes = np.unique(column, return_inverse=True)
        return codes, tuple(unique.tolist())
    known = _Vocabulary()
    types = set(map(type, column))
    if types & {list, dict}:  # they are not hashable, and no category
        column = [None if isinstance(value, list | dict) else value for value in column]
    if types & _BOOLEANS and len(types) > 1:  # True equals 1, but is another category
        column = [_TRUTHS[bool(value)] if isinstance(value, bool | np.bool_) else value for value in column]
    return np.fromiter(map(known.__getitem__, column), np.intp, len(column)), tuple(known)


def _text(value: object) -> str | None:
    try:
        return category_text(value)
    except TypeError:
        return None
