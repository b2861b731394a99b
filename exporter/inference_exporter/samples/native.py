"""Native samples and outcomes: blocks of records become batches.

A block is checked as columns. Only if a column breaks a rule are its records
checked one by one, to reject the bad ones with a reason.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, Generic, cast

from ..values.faults import Fault
from .batch import Batch, OutcomeBatch
from .columns import aligned, as_records, rows_of, shared_key, without_missing
from .fields import KEY_FIELDS, OUTCOMES, SAMPLES, Built, Fields, Kind
from .grouping import Group, groups_of
from .labels import key_of_parts
from .objects import Sparse
from .records import Columns, Rows
from .rejections import Rejected, Rejections
from .transposed import Transposed

ROWS_AT_ONCE = 1024  # of columns that break a rule
KNOWN_AT_MOST = 1000


@dataclass(frozen=True, slots=True)
class Decoded(Generic[Built]):
    """The batches and rejections of a block of records."""

    batches: Sequence[Built]
    rejected: Rejections = field(default_factory=Rejections)


def samples_of(blocks: Iterable[Rows | Columns]) -> Iterator[Decoded[Batch]]:
    """Decode blocks of native samples."""
    return (_built(block, SAMPLES) for block in blocks)


def outcomes_of(blocks: Iterable[Rows | Columns]) -> Iterator[Decoded[OutcomeBatch]]:
    """Decode blocks of ``{"id", "outcome", "time"}``."""
    return (_built(block, OUTCOMES) for block in blocks)


def _built(block: Rows | Columns, kind: Kind[Built]) -> Decoded[Built]:
    return _of_columns(block, kind) if isinstance(block, Columns) else _of_rows(block, kind)


def _of_columns(block: Columns, kind: Kind[Built]) -> Decoded[Built]:
    try:
        fields, size = aligned(block)
    except Fault as fault:
        return Decoded((), Rejections([Rejected(0, str(fault), "invalid_columns")]))
    try:
        return Decoded([kind.build(shared_key(fields), fields, size)] if size else [])
    except Fault:
        starts = range(0, size, ROWS_AT_ONCE)
        parts = [_of_part(fields, range(start, min(start + ROWS_AT_ONCE, size)), kind) for start in starts]
    rejected = Rejections()
    for part in parts:
        rejected.merge(part.rejected)
    return Decoded([batch for part in parts for batch in part.batches], rejected)


def _of_transposed(fields: Fields, block: Rows, kind: Kind[Built]) -> Decoded[Built]:
    """Decode records of one shape at once if all is right in them, else a part at a time."""
    try:
        batch = kind.build(shared_key(fields), without_missing(fields), len(block.values))
        return Decoded([batch], block.rejected)
    except (Fault, Sparse):
        rejected = Rejections()
    rejected.merge(block.rejected)
    batches: list[Built] = []
    for start in range(0, len(block.values), ROWS_AT_ONCE):
        own = slice(start, start + ROWS_AT_ONCE)
        part = _of_rows(Rows(list(block.values[own]), block.indices[own]), kind)
        batches += part.batches
        rejected.merge(part.rejected)
    return Decoded(batches, rejected)


def _of_part(fields: Fields, rows: range, kind: Kind[Built]) -> Decoded[Built]:
    """Decode a few rows of columns at once if all is right in them, else record by record."""
    part = rows_of(fields, rows)
    try:
        return Decoded([kind.build(shared_key(part), part, len(rows))])
    except Fault:
        return _of_rows(Rows(as_records(part, len(rows)), rows), kind)


def _of_rows(block: Rows, kind: Kind[Built]) -> Decoded[Built]:
    if isinstance(block.values, Transposed):
        return _of_transposed(block.values.fields, block, kind)
    whole = _built_at_once(block, kind)
    if whole is not None:
        return Decoded([whole], block.rejected)
    rejected = Rejections()
    rejected.merge(block.rejected)
    batches = [
        batch for group in groups_of(block, kind.empty, rejected) for batch in _of_one_model(group, kind, rejected)
    ]
    return Decoded(batches, rejected)


def _built_at_once(block: Rows, kind: Kind[Built]) -> Built | None:
    """Return a batch if all records have one shape and one model and are valid; else None."""
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
    fields = {name: columns[name] for name in kind.fields if name in columns}
    fields = {name: column for name, column in fields.items() if column.count(None) < len(column)}
    try:
        return kind.build(key_of_parts(*(part[0] for part in parts)), fields, len(objects))
    except (Fault, Sparse):
        return None


def _of_one_model(group: Group, kind: Kind[Built], rejected: Rejections) -> Iterator[Built]:
    """Yield the batches of one model; records that break a rule are rejected."""
    fields = _fields_of(group, kind)
    try:
        yield kind.build(group.key, fields, len(group.rows))
    except Sparse as sparse:
        for start in range(0, len(group.rows), sparse.rows):
            yield from _of_one_model(group.part(slice(start, start + sparse.rows)), kind, rejected)
    except Fault as fault:
        faults = _faults_of(fields, len(group.rows), kind) or {str(fault): list(range(len(group.rows)))}
        for message, rows in faults.items():
            rejected.add_all([group.indices[row] for row in rows], message, "invalid_field")
        good = group.without({row for rows in faults.values() for row in rows})
        if good.rows:
            yield from _of_one_model(good, kind, rejected)


def _fields_of(group: Group, kind: Kind[Built]) -> dict[str, Any]:
    present = set().union(*group.rows)
    columns = {name: [row.get(name) for row in group.rows] for name in kind.fields if name in present}
    return {name: column for name, column in columns.items() if column.count(None) < len(column)}


def _faults_of(fields: dict[str, Any], size: int, kind: Kind[Built]) -> dict[str, list[int]]:
    """Return the rows that break a rule, by the fault of their first bad field."""
    faults: dict[str, list[int]] = {}
    left: Sequence[int] = range(size)
    for rule in kind.rules:
        columns = [fields.get(name) for name in rule.fields]
        try:
            rule.check({name: fields[name] for name in rule.fields if name in fields}, size)
            continue
        except (Fault, Sparse):
            pass
        known: dict[Any, str] = {}
        good = []
        for row in left:
            values = tuple(None if column is None else column[row] for column in columns)
            message = _fault_of(rule, values, known)
            if message:
                faults.setdefault(message, []).append(row)
            else:
                good.append(row)
        left = good
    return faults


def _fault_of(rule: Any, values: tuple[Any, ...], known: dict[Any, str]) -> str:
    """Return the fault of one record's values, empty if they are valid; equal values are checked once."""
    key: tuple[Any, ...] | None = (*values, *map(type, values))
    try:
        if key in known:
            return known[key]
    except TypeError:  # lists and objects are not hashable
        key = None
    one = {name: [value] for name, value in zip(rule.fields, values, strict=True) if value is not None}
    try:
        rule.check(one, 1)
        message = ""
    except Fault as fault:
        message = str(fault)
    if key is not None and len(known) < KNOWN_AT_MOST:
        known[key] = message
    return message
