"""Reads a JSON array item by item, so that it is never decoded whole."""

from collections.abc import Generator, Iterator
from itertools import chain

import orjson

from ..errors import DecodeError
from ..samples.records import Rows
from ..samples.rejections import Rejections
from ._items import ItemsByShape
from ._limits import BLOCK_BYTES, RECORD_BYTES, TOO_LONG, require_few
from ._records import parse_joined
from ._structure import structure_of
from .json_text import without_nul

# How serializers usually write the border between two objects.
SEPARATORS = (b"},{", b"}, {", b"},\n{", b"},\n  {")


class ArrayReader:
    """Reads an array after its opening bracket."""

    def __init__(self, pieces: Iterator[bytes], of_payloads: bool = False) -> None:
        self._pieces = pieces
        self._of_payloads = of_payloads
        self._by_shape = ItemsByShape(of_payloads)
        self._text = b""
        self._ended = False
        self._index = 0
        self._closed = False

    def read(self) -> Iterator[Rows]:
        """Yield blocks of records; only items that are not JSON are rejected."""
        try:
            yield from self._read_items()
        except DecodeError:
            yield from self._by_shape.rest()
            raise
        yield from self._by_shape.rest()
        # Read to the very end, so that the decompressor finds corruption there.
        if any(piece.strip() for piece in chain([self._text], self._pieces)):
            raise DecodeError("expected JSON, got: data after the end of the array", "not_json")

    def _read_items(self) -> Iterator[Rows]:
        wanted = BLOCK_BYTES
        while not self._closed:
            self._fill(wanted)
            require_few(self._index)
            if (yield from self._shaped()):
                continue
            rows = self._easy() or self._careful(wanted)
            if rows is not None:
                wanted = BLOCK_BYTES
                self._index += len(rows.values) + len(rows.rejected)
                yield rows
            elif wanted > RECORD_BYTES:
                yield self._skipped()
                wanted = BLOCK_BYTES
            else:
                # An item that is longer than a block: look at twice as much, up to the longest allowed.
                wanted *= 2

    def _shaped(self) -> Generator[Rows, None, bool]:
        """Read items of one shape; returns whether there were any."""
        number, place, self._closed = yield from self._by_shape.read(self._text, self._index)
        self._text = self._text[place:]
        self._index += number
        return number > 0

    def _fill(self, wanted: int) -> None:
        while len(self._text) < wanted and not self._ended:
            piece = next(self._pieces, None)
            self._ended = piece is None
            self._text += piece or b""

    def _easy(self) -> Rows | None:
        """Return the records up to the last separator between objects; None if this shortcut fails.

        A separator inside an object or a string does not mislead: the text before it would not be valid JSON.
        """
        if len(self._text) < BLOCK_BYTES:
            return None
        end = max(self._text.rfind(separator, 0, 2 * BLOCK_BYTES) for separator in SEPARATORS) + 1
        # Beyond, the separator belongs to text that has not been looked at.
        if end == 0 or end > 2 * BLOCK_BYTES:
            return None
        try:
            values = orjson.loads(without_nul(b"[" + self._text[:end] + b"]"))
        except orjson.JSONDecodeError:
            return None
        self._text = self._text[self._text.index(b",", end) + 1 :]
        return Rows(values, range(self._index, self._index + len(values)))

    def _careful(self, wanted: int) -> Rows | None:
        """Return the complete records among the first `wanted` bytes; None if there is none yet."""
        if not self._text:
            raise DecodeError("expected JSON, got: unexpected end of data in an array", "not_json")
        structure = structure_of(self._text[:wanted])
        ends = structure.commas
        if structure.close >= 0:
            self._closed = True
            ends = [*ends, structure.close]
        elif self._ended and not ends and len(self._text) <= wanted:
            raise DecodeError("expected JSON, got: unexpected end of data in an array", "not_json")
        if not ends:
            return None
        text, self._text = self._text[: ends[-1]], self._text[ends[-1] + 1 :]
        if self._closed and self._index == 0 and len(ends) == 1 and not text.strip():
            return Rows((), ())
        return parse_joined(text, ends, self._index, self._of_payloads)

    def _skipped(self) -> Rows:
        """Skip an item that is too long, without buffering it."""
        structure = structure_of(self._text)
        while not structure.commas and structure.close < 0:
            self._text = next(self._pieces, b"")
            if not self._text:
                raise DecodeError("expected JSON, got: unexpected end of data in an array", "not_json")
            structure = structure_of(self._text, structure.depth, structure.quoted, structure.escaped)
        end = structure.commas[0] if structure.commas else structure.close
        self._closed = not structure.commas
        self._text = self._text[end + 1 :]
        rejected = Rejections()
        rejected.add(self._index, TOO_LONG, "too_large")
        self._index += 1
        return Rows((), (), rejected)
