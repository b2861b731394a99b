"""Names of flat columns: `scores.fraud` is the column `fraud` of the object `scores`."""

from collections.abc import Mapping

from ..arrays import Column
from ..errors import DecodeError
from ..samples.fields import OBJECT_FIELDS

TEXT_FIELDS = ("id", "model", "version", "variant", "trace_id")
"""Texts, even if they look like numbers."""


def nested(columns: Mapping[str, Column | Mapping[str, Column]]) -> dict[str, Column | Mapping[str, Column]]:
    """Return columns with those of objects in their objects; all other names stay."""
    found: dict[str, Column | Mapping[str, Column]] = {}
    objects: dict[str, dict[str, Column]] = {}
    for name, column in columns.items():
        field, dot, inner = name.partition(".")
        if dot and inner and field in OBJECT_FIELDS and not isinstance(column, Mapping):
            objects.setdefault(field, {})[inner] = column
        else:
            found[name] = column
    if twice := found.keys() & objects.keys():
        raise DecodeError(f"expected {min(twice)} or {min(twice)}.NAME, got both", "invalid_columns")
    return found | objects
