"""Reads the items of an array by their common shape with the compiled parser; others go the general way."""

from collections.abc import Generator

from ..samples.records import Rows
from ._by_shape import ODD_AT_MOST, SHAPES_TRIED, ByShape
from ._compiled import CompiledRecords, can_read
from ._limits import BLOCK_BYTES
from ._records import parse_records
from ._shape import shape_of, shared_of
from ._structure import structure_of

ITEMS_LOOKED_AT = 16
LEAST_ITEMS, LEAST_LONG_ITEMS = 2 * ITEMS_LOOKED_AT, 4  # fewer are not worth a look at their shape


class ItemsByShape(ByShape):
    """The items of one array.

    Its first items are decoded in general, which teaches their shape. Items of
    that shape wait until they are thousands; those of another shape follow them.
    Without the compiled parser no item is read here.
    """

    _records: CompiledRecords | None

    def read(self, text: bytes, index: int) -> Generator[Rows, None, tuple[int, int, bool]]:
        """Yield the records of some items, or keep them for later.

        Parameters
        ----------
        text : bytes
            Begins with an item; its last one may be incomplete.
        index : int
            Position of the first item.

        Returns
        -------
        tuple of int, int and bool
            The number of items, the place after the last, and whether the array ends there.
        """
        if self._records is None and self._tried < SHAPES_TRIED:
            self._learn(text)
        if self._records is None:
            return 0, 0, False
        number, odd, place, is_closed = self._records.add_items(text, index)
        self._odd += [item for item, _ in odd]
        self._odd_indices += [position for _, position in odd]
        has_other_shape = len(odd) * ODD_AT_MOST > number
        if has_other_shape or self._records.full:
            yield from self.rest()
        if has_other_shape:
            self._records = None
        return number, place, is_closed

    def _learn(self, text: bytes) -> None:
        """Learn the shape of the first items."""
        self._tried += 1
        ends = structure_of(text[: 2 * BLOCK_BYTES]).commas if text else []
        if len(ends) < (LEAST_ITEMS if len(text) < BLOCK_BYTES else LEAST_LONG_ITEMS):
            return
        starts = [0, *(end + 1 for end in ends)]
        head = [text[start:end] for start, end in zip(starts, ends[:ITEMS_LOOKED_AT], strict=False)]
        values = parse_records(head, range(len(head))).values
        shape = shape_of(values)
        if shape is not None and can_read(shape):
            self._records = CompiledRecords(shape, shared_of(values))
