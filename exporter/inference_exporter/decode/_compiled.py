"""Records of one shape, decoded by the compiled parser: the same as `_typed`, which it stands in for, in one pass."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from ..arrays import DictionaryColumn
from ..samples.fields import KEY_FIELDS
from ..samples.ids import CheckedTexts
from ..samples.transposed import Transposed
from ._limits import BYTES_TOGETHER, rows_together
from ._powers import powers_of_five
from ._shape import Kind, Leaves, Shape

if TYPE_CHECKING:
    from ._rowparser import Rows
else:
    try:
        from ._rowparser import Rows

        Rows.add_items  # noqa: B018
    except (ImportError, AttributeError):  # installed without a C compiler, or built from an older version
        Rows = None

# As the enumeration in _rows/module.c.
NUMBER, TIME, MOMENT, STATUS, FEW_TEXTS, TEXTS, ID, WHOLE_ID, BOOLEAN, CONSTANT, OBJECT = range(11)
_NUMBERS, _LISTS = (NUMBER, TIME, MOMENT, STATUS), (TEXTS, ID, WHOLE_ID)
_KINDS: Mapping[Kind, int] = {"number": NUMBER, "text": FEW_TEXTS, "plain text": TEXTS, "boolean": BOOLEAN}
# Of fields with rules, by kind: what the parser checks on the way.
_FIELD_KINDS: Mapping[tuple[str, Kind], int] = {
    ("time", "number"): TIME,
    ("time", "plain text"): MOMENT,
    ("code", "whole"): STATUS,
    ("id", "plain text"): ID,
    ("id", "whole"): WHOLE_ID,
}
_SEED = secrets.randbits(64)
_ESCAPED = frozenset(map(chr, range(32))) | {'"', "\\"}


def is_compiled() -> bool:
    """Return whether this installation has the compiled parser."""
    return Rows is not None


def can_read(shape: Shape) -> bool:
    """Return whether the parser is there, and no name needs an escape, which may be written in several ways."""
    names = [*shape.order, *(name for _, leaves in shape.objects for name in leaves.names)]
    return Rows is not None and _ESCAPED.isdisjoint("".join(names))


class CompiledRecords:
    """Collects records of one shape until they are enough to be worth the engine's while.

    `shared` has the model of all records; the parser leaves out records of another.
    """

    def __init__(self, shape: Shape, shared: Mapping[str, object]) -> None:
        self._shared = dict(shared)
        objects, kinds = dict(shape.objects), _kinds_of(shape.single)
        inside = [(name, objects[name]) for name in shape.order if name in objects]
        # In the parser's order: the fields of the record, then those of each object.
        self._columns: list[tuple[str | None, str, int]] = [
            (None, name, kinds[name]) for name in shape.order if kinds.get(name, CONSTANT) != CONSTANT
        ]
        self._columns += [
            (own, name, _KINDS[kind]) for own, leaves in inside for name, kind in zip(*leaves, strict=True)
        ]
        record = tuple(
            (_quoted(name), kinds.get(name, OBJECT), orjson.dumps(shared[name]) if name in shared else b"")
            for name in shape.order
        )
        self._rows = Rows(powers_of_five(), _SEED, record, tuple(_fields_of(leaves) for _, leaves in inside))
        self._enough = rows_together(max(1, sum(len(leaves.names) for leaves in objects.values())))
        self._bytes = 0

    def add_lines(self, text: bytes, first_index: int) -> tuple[int, list[tuple[bytes, int]]]:
        """Add the lines of a text; returns their number, and those that do not fit with their positions."""
        self._bytes += len(text)
        return self._rows.add_lines(text, first_index)

    def add_items(self, text: bytes, first_index: int) -> tuple[int, list[tuple[bytes, int]], int, bool]:
        """Add the items of an array up to the last whole one; the text begins with one.

        Returns their number, those that do not fit with their positions, the place
        after the last one and what separates it from the next, and whether the array ends there.
        """
        number, odd, place, is_closed = self._rows.add_items(text, first_index)
        self._bytes += place
        return number, odd, place, is_closed

    @property
    def number(self) -> int:
        """Records that wait."""
        return self._rows.number

    @property
    def full(self) -> bool:
        """Whether the engine should have them now."""
        return self._rows.number >= self._enough or self._bytes >= BYTES_TOGETHER

    def take(self) -> tuple[Transposed, Sequence[int]]:
        """Return the records and their positions, and start anew."""
        number, self._bytes = self._rows.number, 0
        indices, numbers, codes, words, texts, truths = self._rows.take()
        columns: dict[int, Iterator[Any]] = {
            NUMBER: iter(self._matrix(numbers, np.float64, _NUMBERS)),
            FEW_TEXTS: map(DictionaryColumn, self._matrix(codes, np.intp, (FEW_TEXTS,)), words),
            TEXTS: iter(texts),
            BOOLEAN: iter(truths),
        }
        fields: dict[str, Any] = dict(self._shared)
        for field, name, kind in self._columns:
            column = next(columns[NUMBER if kind in _NUMBERS else TEXTS if kind in _LISTS else kind])
            own = fields if field is None else fields.setdefault(field, {})
            own[name] = CheckedTexts(column) if kind in (ID, WHOLE_ID) else column
        return Transposed(fields, number), _positions(np.frombuffer(indices, np.int64))

    def _matrix(self, buffer: bytearray, dtype: type, kinds: Sequence[int]) -> Any:
        """Return columns of some kinds, one after another, as the rows of a matrix."""
        width = sum(kind in kinds for _, _, kind in self._columns)
        return np.frombuffer(buffer, dtype).reshape(width, -1 if buffer else 0)


def _kinds_of(leaves: Leaves) -> dict[str, int]:
    return {
        name: CONSTANT if name in KEY_FIELDS else _FIELD_KINDS.get((name, kind)) or _KINDS[kind]
        for name, kind in zip(*leaves, strict=True)
    }


def _quoted(name: str) -> bytes:
    return b'"' + name.encode() + b'"'


def _fields_of(leaves: Leaves) -> tuple[tuple[bytes, int, bytes], ...]:
    return tuple((_quoted(name), _KINDS[kind], b"") for name, kind in zip(*leaves, strict=True))


def _positions(indices: Any) -> Sequence[int]:
    if len(indices) and indices[-1] - indices[0] == len(indices) - 1:
        return range(int(indices[0]), int(indices[-1]) + 1)
    found: list[int] = indices.tolist()
    return found
