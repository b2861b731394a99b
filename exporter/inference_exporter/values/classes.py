"""The classes of a model: their names, and the number that stands for each value."""

from collections.abc import Sequence

import numpy as np

from ..arrays import Column, DictionaryColumn, Floats
from .categories import category_text, plain_decimal, synonyms_of

CLASSES_AT_MOST = 20
OTHER_CLASS = "__other__"


class ClassTable:
    """The classes of a model in order of appearance; beyond `capacity` they share one."""

    def __init__(self, known: Sequence[str] = (), capacity: int = CLASSES_AT_MOST) -> None:
        self.capacity = capacity
        self.folded = 0
        self._index: dict[str, int] = {name: index for index, name in enumerate(known[: capacity - 1])}
        self._same: dict[str, int] = {}
        for name, index in self._index.items():
            self._same.setdefault(plain_decimal(name), index)

    @property
    def names(self) -> tuple[str, ...]:
        """The classes so far."""
        return tuple(self._index)

    def index_of(self, name: str) -> int:
        """Return the index of a class; a new class gets one unless it is a synonym of a known class."""
        index = self._index.get(name)
        if index is None:
            index = self._same.get(plain_decimal(name))
        if index is None and (meant := synonyms_of(name)):
            index = next((place for other, place in self._index.items() if synonyms_of(other) == meant), None)
        if index is None:
            full = len(self._index) >= self.capacity - 1
            self.folded += full
            index = self._index.setdefault(OTHER_CLASS if full else name, len(self._index))
            if not full:
                self._same.setdefault(plain_decimal(name), index)
        return index

    def encode(self, values: Column) -> Floats:
        """Return the class index of each value, shape (n,); NaN if it is missing or not a class."""
        if isinstance(values, DictionaryColumn):
            return self._encode_each(values)
        items = values.tolist() if isinstance(values, np.ndarray) else values
        if set(map(type, items)) <= {str, type(None)}:
            codes = {value: self._code(value) for value in dict.fromkeys(items)}
            return np.array([codes[value] for value in items], dtype=np.float64)
        return np.array([self._code(value) for value in items], dtype=np.float64)

    def _encode_each(self, column: DictionaryColumn) -> Floats:
        """Return the class index of each value, looking up each different one once, in the order of appearance."""
        n = len(column)
        first = np.full(len(column.values) + 1, n, dtype=np.intp)  # the last is that of missing values
        first[column.codes[::-1]] = np.arange(n)[::-1]
        indices = np.full(len(column.values), np.nan)
        for place in np.argsort(first[:-1], kind="stable").tolist():
            if first[place] < n:
                indices[place] = self._code(column.values[place])
        return np.asarray(column.map(indices, np.nan), dtype=np.float64)

    def _code(self, value: object) -> float:
        try:
            text = category_text(value)
        except TypeError:
            text = None
        return np.nan if text is None else float(self.index_of(text))
