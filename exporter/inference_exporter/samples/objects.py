"""Objects, one a sample, as columns by key."""

from collections.abc import Mapping, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any

import numpy as np

from .faults import Fault, shown

TYPES_LOOKED_AT = 64  # of the rows of a block
NUMBER_TYPES = frozenset({int, float, type(None)})


def object_columns(name: str, column: Any, size: int) -> dict[str, Any]:
    """Return objects, one a sample, as columns by key."""
    if column is None or isinstance(column, Mapping):
        return dict(column or {})
    if not set(map(type, column)) <= {dict, type(None)}:
        wrong = next(value for value in column if not isinstance(value, dict | None))
        raise Fault(f"{name}: expected an object, got {shown(wrong)}")
    objects = [value or {} for value in column]
    names = tuple(objects[0])
    if len(names) > 1 and all(len(item) == len(names) for item in objects):
        try:
            return _same_keys(names, objects)
        except KeyError:
            pass
    every = dict.fromkeys(key for item in objects for key in item)
    return {key: [item.get(key) for item in objects] for key in every}


def _same_keys(names: Sequence[str], objects: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return objects of one shape as columns: all numbers in one conversion, and only the others value by value."""
    # Text that says a number, true and false would become numbers unseen: a look at some rows tells where they come.
    looked_at = objects[:: -(-len(objects) // TYPES_LOOKED_AT)]
    numeric = [
        name
        for name in names
        if type(objects[0][name]) in (int, float) and {type(item[name]) for item in looked_at} <= NUMBER_TYPES
    ]
    columns: dict[str, Any] = {}
    if len(numeric) > 1:
        try:
            values = chain.from_iterable(map(itemgetter(*numeric), objects))
            matrix = np.fromiter(values, np.float64, len(objects) * len(numeric)).reshape(-1, len(numeric))
            columns = dict(zip(numeric, np.ascontiguousarray(matrix.T), strict=True))
        except (TypeError, ValueError, OverflowError):  # something among the numbers is none: leave it to the engine
            pass
    for name in names:
        if name not in columns:
            columns[name] = [item[name] for item in objects]
    return columns
