"""Native samples and outcomes: blocks of records become batches.

Records are read as columns at once. Only where a column breaks a rule are its
records looked at one by one, to tell the good from the bad and say why.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Generic, TypeVar, cast

from .batch import Batch, ModelKey, OutcomeBatch, Rejected
from .columns import aligned, as_rows, shared_key
from .faults import Fault, shown
from .fields import KEY_FIELDS, OUTCOME_FIELDS, SAMPLE_FIELDS, Fields, outcome_batch, sample_batch
from .labels import key_of_parts
from .records import Columns, Rows

Built = TypeVar("Built", Batch, OutcomeBatch)
Anything = TypeVar("Anything")


@dataclass(frozen=True, slots=True)
class Decoded(Generic[Built]):
    """What a block of records became."""

    batches: Sequence[Built]
    rejected: Sequence[Rejected]


def samples_of(blocks: Iterable[Rows | Columns]) -> Iterator[Decoded[Batch]]:
    """Yield the batches of blocks of native samples."""
    return (_built(block, SAMPLE_FIELDS, sample_batch) for block in blocks)


def outcomes_of(blocks: Iterable[Rows | Columns]) -> Iterator[Decoded[OutcomeBatch]]:
    """Yield the batches of blocks of ``{"id", "outcome", "time"}``."""
    return (_built(block, OUTCOME_FIELDS, outcome_batch) for block in blocks)


def _built(
    block: Rows | Columns, names: Sequence[str], build: Callable[[ModelKey, Fields, int], Built]
) -> Decoded[Built]:
    if isinstance(block, Columns):
        try:
            fields, size = aligned(block)
        except Fault as fault:
            return Decoded((), [Rejected(0, str(fault), "invalid_columns")])
        try:
            return Decoded([build(shared_key(fields), fields, size)] if size else [], [])
        except Fault:
            block = Rows(as_rows(fields, size), range(size))
    whole = _built_at_once(block, names, build)
    if whole is not None:
        return Decoded([whole], block.rejected)
    rejected = list(block.rejected)
    batches = []
    for key, rows, indices in _by_model(block, rejected):
        try:
            batches.append(_from_rows(key, rows, names, build))
        except Fault:
            good = [
                row for row, index in zip(rows, indices, strict=True) if _good(key, row, index, names, build, rejected)
            ]
            if good:
                batches.append(_from_rows(key, good, names, build))
    return Decoded(batches, sorted(rejected, key=lambda item: item.index))


def _built_at_once(
    block: Rows, names: Sequence[str], build: Callable[[ModelKey, Fields, int], Anything]
) -> Anything | None:
    """Return the batch of records of one shape and one model in which all is right; None where that is not so."""
    rows = block.values
    if not rows or set(map(type, rows)) != {dict}:
        return None
    objects = cast(Sequence[dict[str, Any]], rows)
    shape = tuple(objects[0])
    if len(shape) < 2 or set(map(len, objects)) != {len(shape)}:
        return None
    try:
        columns = dict(zip(shape, zip(*map(itemgetter(*shape), objects), strict=True), strict=True))
    except KeyError:
        return None
    parts = [columns.get(name, (None,)) for name in KEY_FIELDS]
    if any(part.count(part[0]) < len(part) or set(map(type, part)) != {type(part[0])} for part in parts):
        return None
    fields = {name: columns[name] for name in names if name in columns}
    fields = {name: column for name, column in fields.items() if column.count(None) < len(column)}
    try:
        return build(key_of_parts(*(part[0] for part in parts)), fields, len(objects))
    except Fault:
        return None


def _good(
    key: tuple[Any, ...],
    row: dict[str, Any],
    index: int,
    names: Sequence[str],
    build: Callable[[ModelKey, Fields, int], object],
    rejected: list[Rejected],
) -> bool:
    """Tell whether a record alone breaks no rule; one that does joins the rejected."""
    try:
        _from_rows(key, [row], names, build)
    except Fault as fault:
        rejected.append(Rejected(index, str(fault), "invalid_field"))
        return False
    return True


def _by_model(rows: Rows, rejected: list[Rejected]) -> Iterator[tuple[tuple[Any, ...], list[Any], list[int]]]:
    """Yield the records of each model, version and variant; what is no object is rejected."""
    groups: dict[tuple[Any, ...], tuple[list[Any], list[int]]] = {}
    for value, index in zip(rows.values, rows.indices, strict=True):
        if type(value) is not dict:
            rejected.append(Rejected(index, f"expected an object, got {shown(value)}", "not_an_object"))
            continue
        key = (value.get("model"), value.get("version"), value.get("variant"))
        try:
            # With their types, for 1, 1.0 and true are equal, and only the first of them is a version.
            values, places = groups.setdefault((*key, *map(type, key)), ([], []))
        except TypeError:  # a list cannot be a key
            message = "model, version, variant: expected text, got a list or an object"
            rejected.append(Rejected(index, message, "invalid_field"))
            continue
        values.append(value)
        places.append(index)
    for key, (values, places) in groups.items():
        yield key[: len(KEY_FIELDS)], values, places


def _from_rows(
    key: tuple[Any, ...],
    rows: Sequence[dict[str, Any]],
    names: Sequence[str],
    build: Callable[[ModelKey, Fields, int], Anything],
) -> Anything:
    fields: dict[str, Any] = {}
    for name in names:
        column = [row.get(name) for row in rows]
        if column.count(None) < len(column):
            fields[name] = column
    return build(key_of_parts(*key), fields, len(rows))
