"""Reads parts of a body, and says where one is not as expected."""

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from .._base import UnreadablePayload

EMPTY: Mapping[str, Any] = {}
# Each item is read in Python; a body of the largest size could hold millions of empty ones.
ITEMS_AT_MOST = 100_000


def an_object(value: Any, name: str) -> Mapping[str, Any]:
    """Return an object; null is an empty one."""
    if value is None:
        return EMPTY
    if not isinstance(value, Mapping):
        raise UnreadablePayload(f"{name}: expected an object, got {kind_of(value)}")
    return value


def a_list(value: Any, name: str) -> Sequence[Any]:
    """Return a list; null is an empty one."""
    if value is None:
        return ()
    if not isinstance(value, list | tuple):
        raise UnreadablePayload(f"{name}: expected a list, got {kind_of(value)}")
    if len(value) > ITEMS_AT_MOST:
        raise UnreadablePayload(f"{name}: expected at most {ITEMS_AT_MOST} items, got {len(value)}")
    return value


def objects(value: Any, name: str) -> Sequence[Mapping[str, Any]]:
    """Return a list of objects."""
    return [an_object(item, f"{name}[{place}]") for place, item in enumerate(a_list(value, name))]


def a_count(value: Any, name: str) -> float | None:
    """Return a number, 0 or more; null is unknown."""
    if value is None:
        return None
    # Counts add up in floats, which are exact up to 2^53, about 9e15.
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e15:
        raise UnreadablePayload(f"{name}: expected a number, 0 or more, got {shown(value)}")
    return float(value)


def a_text(value: Any, name: str) -> str | None:
    """Return a text; null is unknown."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise UnreadablePayload(f"{name}: expected text, got {kind_of(value)}")
    return value


def an_id(value: Any) -> str | None:
    """Return text or a whole number as text; anything else is unknown."""
    if isinstance(value, str) and value:
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def a_setting(value: Any) -> float | None:
    """Return a number; anything else is unknown, because a setting is not what an answer depends on to be read."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if isfinite(value) else None
    except OverflowError:  # an integer beyond the range of a float
        return None


def kind_of(value: Any) -> str:
    """Return what JSON calls the kind of a value."""
    if isinstance(value, bool):
        return "true or false"
    kinds = {dict: "an object", list: "a list", str: "text", int: "a number", float: "a number", type(None): "null"}
    return kinds.get(type(value), type(value).__name__)


def shown(value: Any) -> str:
    """Return a value in a few characters; text is not shown, because it may be what a person wrote."""
    return str(value)[:20] if isinstance(value, int | float) else kind_of(value)


def known(**values: Any) -> dict[str, Any]:
    """Return the values that are known."""
    return {name: value for name, value in values.items() if value is not None}
