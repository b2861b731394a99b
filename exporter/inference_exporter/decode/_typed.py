"""Decodes records of one shape straight into columns, a few thousand together."""

import struct
from collections.abc import Callable, Iterable, Sequence
from itertools import chain, compress, starmap
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..arrays import Column, DictionaryColumn, Floats
from ..samples.transposed import Transposed
from ..values.numbers import EXACT_INTEGERS
from ._limits import BLOCK_BYTES, BYTES_TOGETHER, TEXT_LENGTH_AT_MOST, rows_together
from ._records import lines_of
from ._shape import MISFITS, Leaves, Shape, decoder_of, values_of

# The objects of so many lines still fit into the processor's caches.
LINES_AT_ONCE = 512
LEAST_AT_ONCE = 8

Row = tuple[Any, ...]


class Inexact(Exception):
    """A number is too large for a float to hold it exactly: an identifier, which keeps all its digits."""


class _Texts(dict[str | None, int]):
    """A code for each different text; missing values have -1."""

    def __init__(self) -> None:
        super().__init__({None: -1})
        self.texts: list[str] = []

    def __missing__(self, text: str) -> int:
        code = self[text] = len(self.texts)
        self.texts.append(text)
        return code


class _Columns:
    """Growing columns of the values at some places of a row: numbers, texts, and all others."""

    def __init__(self, leaves: Leaves, places: Sequence[int]) -> None:
        self._numbers = [name for name, kind in zip(*leaves, strict=True) if kind == "number"]
        self._texts = [name for name, kind in zip(*leaves, strict=True) if kind == "text"]
        self._others = [name for name, kind in zip(*leaves, strict=True) if kind not in ("number", "text")]
        at = dict(zip(leaves.names, places, strict=True))
        self._pick_numbers = _picker([at[name] for name in self._numbers])
        self._pick_texts = _picker([at[name] for name in self._texts])
        self._pick_others = [at[name] for name in self._others]
        self._pack = struct.Struct(f"{len(self._numbers)}d").pack
        self._has_missing = False
        self._forget()

    def _forget(self) -> None:
        self._blocks: list[Floats] = []
        self._codes: list[NDArray[np.intp]] = []
        self._lists: list[list[Any]] = [[] for _ in self._others]
        self._vocabulary = _Texts()

    def numbers_of(self, rows: Sequence[Row]) -> Floats | None:
        """Return the numbers of some rows, one row after another.

        Raises
        ------
        Inexact
            If a whole number has too many digits for a float.
        """
        if not self._numbers:
            return None
        found = self._converted(rows)
        # Also true for infinity; NaN compares false.
        if (np.abs(found) >= EXACT_INTEGERS).any():
            raise Inexact
        return found

    def _converted(self, rows: Sequence[Row]) -> Floats:
        if not self._has_missing:
            try:
                # struct packs a row in one call: half the time of a conversion number by number.
                return np.frombuffer(b"".join(starmap(self._pack, map(self._pick_numbers, rows))))
            except struct.error:  # a missing value: from here on by the slower way, which turns it into NaN
                self._has_missing = True
        values = chain.from_iterable(map(self._pick_numbers, rows))
        return np.fromiter(values, np.float64, len(rows) * len(self._numbers))

    def add(self, rows: Sequence[Row], numbers: Floats | None) -> None:
        """Add rows, whose numbers are converted already."""
        if numbers is not None:
            self._blocks.append(numbers)
        if self._texts:
            texts = chain.from_iterable(map(self._pick_texts, rows))
            codes = map(self._vocabulary.__getitem__, texts)
            self._codes.append(np.fromiter(codes, np.intp, len(rows) * len(self._texts)))
        for place, column in zip(self._pick_others, self._lists, strict=True):
            column += [row[place] for row in rows]

    def take(self) -> dict[str, Column]:
        """Return the columns, and start anew."""
        columns: dict[str, Column] = {}
        if self._blocks:
            columns.update(zip(self._numbers, _by_column(self._blocks, len(self._numbers)), strict=True))
        if self._codes:
            for name, codes in zip(self._texts, _by_column(self._codes, len(self._texts)), strict=True):
                columns[name] = _dictionary(codes, self._vocabulary.texts)
        columns.update(zip(self._others, self._lists, strict=True))
        self._forget()
        return columns


def _picker(places: Sequence[int]) -> Callable[[Row], Row]:
    """Return a function that picks the values at some places of a row, as a tuple even of one."""
    return itemgetter(slice(places[0], places[0] + 1)) if len(places) == 1 else itemgetter(*(places or (0,)))


def _by_column(blocks: Sequence[NDArray[Any]], width: int) -> NDArray[Any]:
    """Return blocks of rows of some width, one after another, as one matrix of columns."""
    sizes = [len(block) // width for block in blocks]
    matrix = np.empty((width, sum(sizes)), dtype=blocks[0].dtype)
    start = 0
    for block, size in zip(blocks, sizes, strict=True):
        matrix[:, start : start + size] = block.reshape(size, width).T
        start += size
    return matrix


def _dictionary(codes: NDArray[np.intp], texts: Sequence[str]) -> DictionaryColumn:
    """Return a column of the texts that occur in it."""
    present = np.flatnonzero(np.bincount(codes + 1, minlength=len(texts) + 1)[1:])
    own = np.full(len(texts) + 1, -1, dtype=np.intp)  # the last is that of missing values
    own[present] = np.arange(len(present))
    return DictionaryColumn(own[codes], tuple(texts[place] for place in present.tolist()))


class TypedRecords:
    """Collects records of one shape until they are enough to be worth the engine's while."""

    def __init__(self, shape: Shape) -> None:
        self._decode = decoder_of(shape).decode
        places = {name: place for place, name in enumerate(shape.order)}
        self._single = _Columns(shape.single, [places[name] for name in shape.single.names])
        self._objects = [
            (name, places[name], _Columns(leaves, range(len(leaves.names)))) for name, leaves in shape.objects
        ]
        self._enough = rows_together(max(1, sum(len(leaves.names) for _, leaves in shape.objects)))
        self._bytes = 0
        self._indices: list[int] = []

    def add_lines(self, text: bytes, first_index: int) -> tuple[int, list[tuple[bytes, int]]]:
        """Add the lines of a text; returns their number, and those that do not fit with their positions."""
        lines = lines_of(text)
        odd: list[tuple[bytes, int]] = []
        longest = max(map(len, lines), default=1)
        if longest > TEXT_LENGTH_AT_MOST:  # the general path cuts texts that are too long
            return len(lines), list(zip(lines, range(first_index, first_index + len(lines)), strict=True))
        step = max(LEAST_AT_ONCE, min(LINES_AT_ONCE, BLOCK_BYTES // longest))
        for start in range(0, len(lines), step):
            some = lines[start : start + step]
            indices = range(first_index + start, first_index + start + len(some))
            fits = self._fitting(some, indices)
            odd += [(line, index) for line, index, fit in zip(some, indices, fits, strict=True) if not fit]
        return len(lines), odd

    def _fitting(self, lines: Sequence[bytes], indices: range) -> list[bool]:
        """Add the lines that have the shape; returns which have it. If a number has too many digits, none is added."""
        try:
            found = list(map(self._decode, lines))
        except MISFITS:
            found = [self._fitting_one(line) for line in lines]
        fits = [record is not None for record in found]
        try:
            self._add(compress(found, fits), compress(indices, fits), sum(map(len, lines)))
        except Inexact:
            return [False] * len(lines)
        return fits

    def _fitting_one(self, line: bytes) -> Any:
        """Return the record of a line; None if it has another shape."""
        try:
            return self._decode(line)
        except MISFITS:
            return None

    def _add(self, records: Iterable[Any], indices: Iterable[int], size: int) -> None:
        """Add decoded records of `size` bytes at some positions of the body.

        Raises
        ------
        Inexact
            If a whole number has too many digits for a float; then no record is added.
        """
        rows = list(map(values_of, records))
        parts = [(self._single, rows)]
        parts += [(columns, list(map(values_of, map(itemgetter(place), rows)))) for _, place, columns in self._objects]
        numbers = [columns.numbers_of(own) for columns, own in parts]
        for (columns, own), converted in zip(parts, numbers, strict=True):
            columns.add(own, converted)
        self._indices += indices
        self._bytes += size

    @property
    def number(self) -> int:
        """Records that wait."""
        return len(self._indices)

    @property
    def full(self) -> bool:
        """Whether the engine should have them now."""
        return len(self._indices) >= self._enough or self._bytes >= BYTES_TOGETHER

    def take(self) -> tuple[Transposed, list[int]]:
        """Return the records and their positions, and start anew."""
        fields: dict[str, Any] = self._single.take()
        for name, _, columns in self._objects:
            fields[name] = columns.take()
        indices, self._indices, self._bytes = self._indices, [], 0
        return Transposed(fields, len(indices)), indices
