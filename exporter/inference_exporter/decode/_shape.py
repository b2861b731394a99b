"""The shape of samples: which fields and keys they have, and what kind of value each holds.

A msgspec decoder made for a shape checks names and types while it decodes, at
about half the cost of decoding into dictionaries and checking these.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Annotated, Any, Literal, NamedTuple

import msgspec

from ..samples.fields import KEY_FIELDS, OBJECT_FIELDS, SAMPLE_FIELDS

values_of: Callable[[Any], tuple[Any, ...]] = msgspec.structs.astuple
"""Returns the values of a decoded record, in the order of its shape."""
# A decoder takes some 400 bytes a name: at most 32 MB, whatever names senders invent.
SHAPES_KEPT = 16
FEATURES_AT_MOST = 5_000
# Of the records that a shape is learned from: a column with more different texts is unlikely to repeat them.
SHARE_DIFFERENT = 0.75

Kind = Literal["number", "text", "plain text", "whole", "boolean"]
"""A text is one of few and kept once; a plain text is kept as it comes."""
# orjson, which the general path reads with, turns longer whole numbers into floats; msgspec would keep their digits.
_WHOLE = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
TYPES: Mapping[str, Any] = {
    "number": float | None,
    "text": str | None,
    "plain text": str | None,
    "whole": _WHOLE | None,
    "boolean": bool | None,
}
_NUMBERS, _NOTHING = frozenset({int, float}), type(None)
_NUMERIC_OBJECTS = ("scores", "stages", "attributions")


# Of a record that does not fit: msgspec's own, for text that is not UTF-8, and for one nested too deeply.
MISFITS = (ValueError, RecursionError)


class Leaves(NamedTuple):
    """Names of values with the kind of each, in the order of the first record."""

    names: tuple[str, ...]
    kinds: tuple[Kind, ...]


class Shape(NamedTuple):
    """Fields that are single values, and objects by field; `order` is that of the fields of a record."""

    order: tuple[str, ...]
    single: Leaves
    objects: tuple[tuple[str, Leaves], ...]


def shape_of(records: Sequence[object]) -> Shape | None:
    """Return the common shape of records; None if they have none, or are not plain samples."""
    columns = _columns(records)
    if not columns or not columns.keys() <= {*SAMPLE_FIELDS, *KEY_FIELDS} or not columns.keys() & {*NEEDED}:
        return None
    objects, single = {}, {}
    for name, column in columns.items():
        if name in OBJECT_FIELDS and dict in set(map(type, column)):
            objects[name] = _leaves(name, _columns(column))
        else:
            single[name] = _kind_of_field(name, column)
    if None in objects.values() or None in single.values() or any(_differ(columns.get(name)) for name in KEY_FIELDS):
        return None
    return Shape(
        tuple(columns),
        Leaves(tuple(single), tuple(kind for kind in single.values() if kind)),
        tuple((name, leaves) for name, leaves in objects.items() if leaves),
    )


def shared_of(records: Sequence[Any]) -> dict[str, object]:
    """Return the model of records of one shape: fields that have one value."""
    return {name: records[0][name] for name in KEY_FIELDS if name in records[0]}


NEEDED = ("features", "prediction")


def _columns(records: Sequence[Any]) -> dict[str, Sequence[Any]]:
    """Return records as columns; empty unless all are objects with the same names."""
    if not records or set(map(type, records)) != {dict}:
        return {}
    names = records[0].keys()
    if len(names) > FEATURES_AT_MOST or any(record.keys() != names for record in records):
        return {}
    if len(names) < 2:  # of one name, itemgetter returns no tuple
        return {name: [record[name] for record in records] for name in names}
    return dict(zip(names, zip(*map(itemgetter(*names), records), strict=True), strict=True))


def _differ(column: Sequence[Any] | None) -> bool:
    return column is not None and column.count(column[0]) < len(column)


def _leaves(field: str, columns: Mapping[str, Sequence[Any]]) -> Leaves | None:
    kinds = [_kind(column) for column in columns.values()]
    known = tuple(kind for kind in kinds if kind is not None)
    if not columns or len(known) < len(kinds) or (field in _NUMERIC_OBJECTS and {*known} != {"number"}):
        return None
    return Leaves(tuple(columns), known)


# Values of other kinds are errors, whose messages show them as they were sent: that is for the general path.
_FIELD_KINDS: Mapping[str, tuple[Kind, ...]] = {
    "id": ("plain text", "whole"),
    "time": ("number", "plain text"),
    **dict.fromkeys(("prediction", "action"), ("number", "text", "plain text", "boolean")),
    "scores": ("number",),
    "latency_seconds": ("number",),
    "code": ("whole",),
    "trace_id": ("plain text",),
    **dict.fromkeys(KEY_FIELDS, ("plain text", "whole")),
}


def _kind_of_field(name: str, column: Sequence[Any]) -> Kind | None:
    kind = _kind(column)
    if kind == "text" and name not in ("prediction", "action"):
        kind = "plain text"
    if name in ("id", "code", *KEY_FIELDS) and kind == "number":
        kind = "whole" if float not in set(map(type, column)) else None
    return kind if kind in _FIELD_KINDS.get(name, ()) else None


def _kind(column: Sequence[Any]) -> Kind | None:
    types = set(map(type, column))
    types.discard(_NOTHING)
    if types <= _NUMBERS:
        return "number"
    if types == {str}:
        return "plain text" if len(set(column)) > SHARE_DIFFERENT * len(column) else "text"
    return "boolean" if types == {bool} else None


@lru_cache(SHAPES_KEPT)
def decoder_of(shape: Shape) -> msgspec.json.Decoder[Any]:
    """Return a decoder of one record: names that are unknown or absent, and values of other types, are errors."""
    types = dict(zip(shape.single.names, (TYPES[kind] for kind in shape.single.kinds), strict=True))
    for name, leaves in shape.objects:
        types[name] = _struct(leaves.names, [TYPES[kind] for kind in leaves.kinds])
    return msgspec.json.Decoder(_struct(shape.order, [types[name] for name in shape.order]))


def _struct(names: Sequence[str], types: Sequence[Any]) -> type[msgspec.Struct]:
    """Return a class with numbered attributes: names may be any text."""
    attributes = [f"a{place}" for place in range(len(names))]
    return msgspec.defstruct(
        "Record",
        list(zip(attributes, types, strict=True)),
        rename=dict(zip(attributes, names, strict=True)),
        forbid_unknown_fields=True,
        gc=False,
    )
