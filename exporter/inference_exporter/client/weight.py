"""Estimates the memory of a message."""

from collections.abc import Collection
from itertools import islice
from typing import Any

# A number with its slot in a list or an object; an empty text, list or object.
SMALL, EMPTY = 40, 64
SMALL_TYPES: set[type] = {float, bool, type(None)}
"""Types of one size; those of numpy are added when they are first met."""
FIXED_SIZE = frozenset({"number", "bool", "bool_", "datetime64"})
"""Of numpy's types, those whose values all have the same size, or are derived from such a type."""
# An item of an object, without its value.
PAIR = 48
# Number of evenly spread values sampled from a long list.
LOOKED_AT = 64
DEEPEST = 6


def weight_of(value: Any, depth: int = DEEPEST) -> int:
    """Return the approximate size of a value in bytes; never raises, and is fast for any value."""
    kind = type(value)
    if kind is str:
        characters: int = len(value)
        return EMPTY + (characters if str.isascii(value) else 4 * characters)
    if kind is int:
        return SMALL + int.bit_length(value) // 8
    if kind in SMALL_TYPES or depth == 0:
        return SMALL
    if kind is dict:
        return PAIR * len(value) + _weight_of_all(value.values(), depth)
    if kind is tuple or kind is list or kind is set or kind is frozenset:
        return _weight_of_all(value, depth)
    try:
        return _weight_of_object(value, depth)
    except Exception:  # a foreign object may raise anything; encoding it will report that
        return SMALL


def _weight_of_all(values: Collection[Any], depth: int) -> int:
    size = len(values)
    if size <= LOOKED_AT * 2:
        return _sum(values, depth)
    step = size // LOOKED_AT
    some = values[::step] if isinstance(values, list | tuple) else list(islice(values, 0, None, step))
    return _sum(some, depth) * step


def _sum(values: Collection[Any], depth: int) -> int:
    others = [value for value in values if type(value) not in SMALL_TYPES]
    weight = EMPTY + SMALL * (len(values) - len(others))
    for value in others:
        weight += weight_of(value, depth - 1)
    return weight


def _weight_of_object(value: Any, depth: int) -> int:
    kind = type(value)
    if issubclass(kind, bytes | bytearray | memoryview):
        return EMPTY + len(value)
    if issubclass(kind, str):
        return weight_of(str.__str__(value))
    if any(base.__module__ == "numpy" and base.__name__ in FIXED_SIZE for base in kind.__mro__):
        SMALL_TYPES.add(kind)
        return SMALL
    if hasattr(kind, "nbytes"):  # arrays, tensors, series
        return EMPTY + int(value.nbytes)
    attributes = getattr(value, "__dict__", None)
    return EMPTY + (weight_of(attributes, depth - 1) if type(attributes) is dict else 0)
