"""Reads the lines of a body by their common shape; lines of another shape go the general way, each by itself."""

from collections.abc import Iterator, Sequence
from itertools import islice

from ..samples.records import Rows
from ._by_shape import ODD_AT_MOST, SHAPES_TRIED, ByShape
from ._compiled import CompiledRecords, can_read
from ._records import lines_of, parse_records
from ._shape import Shape, shape_of, shared_of
from ._typed import TypedRecords

LINES_LOOKED_AT = 16
LEAST_LINES = 2 * LINES_LOOKED_AT  # fewer are not worth a look at their shape


class LinesByShape(ByShape):
    """The lines of one body.

    Its first lines are decoded in general, which teaches their shape. Lines of
    that shape wait until they are thousands; those of another shape follow them.
    """

    def __init__(self, of_payloads: bool = False) -> None:
        super().__init__(of_payloads)
        self._shape: Shape | None = None
        self.index = 0
        """The position of the next line."""

    def read(self, text: bytes) -> Iterator[Rows]:
        """Yield the records of some lines, or keep them for later."""
        if self._records is None and self._tried < SHAPES_TRIED:
            self._learn(text)
        if self._records is None:
            yield from self._read_in_general(lines_of(text))
            return
        number, odd = self._records.add_lines(text, self.index)
        self.index += number
        for line, index in odd:
            self._odd.append(line)
            self._odd_indices.append(index)
        has_other_shape = len(odd) * ODD_AT_MOST > number
        if has_other_shape or self._records.full:
            yield from self.rest()
        if has_other_shape:
            self._records = None

    def _learn(self, text: bytes) -> None:
        """Learn the shape of the first lines."""
        head = lines_of(b"\n".join(islice(text.split(b"\n", LEAST_LINES), LEAST_LINES)))
        if len(head) < LEAST_LINES:
            return
        self._tried += 1
        values = parse_records(head[:LINES_LOOKED_AT], range(LINES_LOOKED_AT)).values
        shape = shape_of(values)
        if shape is None:
            return
        # The parser reads less than Python: what it left out once is not tried with it again.
        if shape != self._shape and can_read(shape):
            self._records = CompiledRecords(shape, shared_of(values))
        else:
            self._records = TypedRecords(shape)
        self._shape = shape

    def _read_in_general(self, lines: Sequence[bytes]) -> Iterator[Rows]:
        if lines:
            yield parse_records(lines, range(self.index, self.index + len(lines)), self._of_payloads)
            self.index += len(lines)
