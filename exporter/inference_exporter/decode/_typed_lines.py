"""Reads the lines of a body by their common shape; lines of another shape go the general way, each by itself."""

from collections.abc import Iterator, Sequence
from itertools import compress
from typing import Any

from ..samples.records import Rows
from ._limits import BLOCK_BYTES, TEXT_LENGTH_AT_MOST
from ._records import parse_records
from ._shape import MISFITS, shape_of
from ._typed import Inexact, TypedRecords

LINES_LOOKED_AT = 16
LEAST_LINES = 2 * LINES_LOOKED_AT  # fewer are not worth a look at their shape
LINES_AT_ONCE = 512
LEAST_AT_ONCE = 8
SHAPES_TRIED = 4
ODD_AT_MOST = 8  # one line of so many may have another shape


class LinesByShape:
    """The lines of one body.

    Its first lines are decoded in general, which teaches their shape. Lines of
    that shape wait until they are thousands; those of another shape follow them.
    """

    def __init__(self, of_payloads: bool = False) -> None:
        self._of_payloads = of_payloads
        self._records: TypedRecords | None = None
        self._tried = 0
        self._odd: list[bytes] = []
        self._odd_indices: list[int] = []

    def read(self, lines: Sequence[bytes], first_index: int) -> Iterator[Rows]:
        """Yield the records of some lines, or keep them for later."""
        if self._records is None and self._tried < SHAPES_TRIED and len(lines) >= LEAST_LINES:
            head, lines = lines[:LINES_LOOKED_AT], lines[LINES_LOOKED_AT:]
            yield self._learned_from(head, range(first_index, first_index + len(head)))
            first_index += len(head)
        longest = max(map(len, lines))
        step = max(LEAST_AT_ONCE, min(LINES_AT_ONCE, BLOCK_BYTES // longest))
        if self._records is None or longest > TEXT_LENGTH_AT_MOST:
            yield from self.rest()
            yield parse_records(lines, range(first_index, first_index + len(lines)), self._of_payloads)
            return
        for start in range(0, len(lines), step):
            some = lines[start : start + step]
            yield from self._read_some(some, range(first_index + start, first_index + start + len(some)))

    def _learned_from(self, lines: Sequence[bytes], indices: Sequence[int]) -> Rows:
        rows = parse_records(lines, indices, self._of_payloads)
        shape = shape_of(rows.values)
        self._tried += 1
        self._records = None if shape is None else TypedRecords(shape)
        return rows

    def _read_some(self, lines: Sequence[bytes], indices: range) -> Iterator[Rows]:
        records = self._records
        if records is None or not self._added(records, lines, indices):
            yield from self.rest()
            yield self._learned_from(lines, indices) if self._tried < SHAPES_TRIED else self._given_up(lines, indices)
        elif records.full:
            yield from self.rest()

    def _given_up(self, lines: Sequence[bytes], indices: range) -> Rows:
        self._records = None
        return parse_records(lines, indices, self._of_payloads)

    def _added(self, records: TypedRecords, lines: Sequence[bytes], indices: range) -> bool:
        """Return whether nearly all lines have the shape; then they are added."""
        try:
            try:
                records.add(list(map(records.decode, lines)), indices, sum(map(len, lines)))
                return True
            except MISFITS:
                found = [_fitting(records, line) for line in lines]
            fits = [one is not None for one in found]
            odd = list(compress(lines, (not fit for fit in fits)))
            if len(odd) * ODD_AT_MOST > len(lines):
                return False
            records.add(compress(found, fits), compress(indices, fits), sum(map(len, lines)))
        except Inexact:
            return False
        self._odd += odd
        self._odd_indices += compress(indices, (not fit for fit in fits))
        return True

    def rest(self) -> Iterator[Rows]:
        """Yield what waits."""
        if self._records is not None and self._records.indices:
            yield Rows(*self._records.take())
        if self._odd:
            odd, indices = self._odd, self._odd_indices
            self._odd, self._odd_indices = [], []
            yield parse_records(odd, indices, self._of_payloads)


def _fitting(records: TypedRecords, line: bytes) -> Any:
    """Return the record of a line; None if it has another shape."""
    try:
        return records.decode(line)
    except MISFITS:
        return None
