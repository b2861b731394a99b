"""Converts values of any kind to JSON types: text, numbers, booleans, null, lists and objects."""

import json
import math
import os
from collections.abc import Iterable, Mapping
from datetime import date, time, timedelta
from enum import Enum
from itertools import islice
from numbers import Number
from typing import Any
from uuid import UUID

# A sample is a mapping of mappings; a value nested deeper than this is not a feature, or contains itself.
DEEPEST = 16
# JSON integers have any size, but most parsers only 64 bits.
LARGEST_INTEGER = 2**63
# No sample has this many values, but an endless iterator does.
LONGEST = 1_000_000
ATOMS = frozenset({float, int, str, bool, type(None)})
"""JSON types. Subclasses do not count: they may run any code when converted."""
# Conversion methods of arrays, series, tensors and scalars of numpy, pandas, polars, Arrow, torch and TensorFlow, which
# are never imported here.
CONVERSIONS = ("tolist", "to_list", "to_pylist", "as_py", "numpy", "item")
TEXTUAL_TYPES = {
    ("ipaddress", "IPv4Address"),
    ("ipaddress", "IPv6Address"),
    ("pandas", "Interval"),
    ("pandas", "Period"),
}


class Unreadable(ValueError):
    """A value has no JSON form. Also replaces a value that failed to copy."""


def plain(value: object, depth: int = DEEPEST) -> Any:
    """Return the JSON form of a value.

    NaN becomes null (missing), an infinity the text ``"Infinity"`` or
    ``"-Infinity"``, which the exporter counts as not finite. Integers of more
    than 64 bits become the nearest float.

    Raises
    ------
    BaseException
        Unreadable if there is no such form, and whatever the value raises.
    """
    kind = type(value)
    if kind is float:
        return _number(value)  # type: ignore[arg-type]
    if kind is str or kind is bool or value is None:
        return value
    if depth == 0:
        raise Unreadable(f"nested deeper than {DEEPEST} levels, or within itself")
    if issubclass(kind, int):
        return whole(int.__int__(value))  # type: ignore[arg-type]
    if issubclass(kind, float):
        return _number(float.__float__(value))  # type: ignore[arg-type]
    if issubclass(kind, str):
        return str.__str__(value)
    if issubclass(kind, Mapping):
        return {key_text(key, depth): plain(item, depth - 1) for key, item in bounded(value.items())}  # type: ignore[attr-defined]
    if issubclass(kind, list | tuple | set | frozenset):
        return [plain(item, depth - 1) for item in bounded(value)]  # type: ignore[arg-type]
    return plain(converted(value), depth - 1)


def converted(value: object) -> object:
    """Convert a value one step towards a JSON type.

    Raises
    ------
    BaseException
        Unreadable if there is no conversion, and whatever the value raises.
    """
    kind = type(value)
    if isinstance(value, Unreadable):
        raise value
    if issubclass(kind, bytes | bytearray | memoryview):
        return _decoded(bytes(value))  # type: ignore[call-overload]
    if issubclass(kind, date | time):  # a datetime is a date, too
        return _unless_nat(value.isoformat())  # type: ignore[attr-defined]
    if is_datetime64(value):
        return _unless_nat(str(value))
    if issubclass(kind, Enum):
        return value.value  # type: ignore[attr-defined]
    if issubclass(kind, UUID):
        return str(value)
    if issubclass(kind, timedelta):
        return value.total_seconds()  # type: ignore[attr-defined]
    return _converted_foreign(value, kind)


def _converted_foreign(value: object, kind: type) -> object:
    if kind.__name__ == "NAType":  # pandas.NA
        return None
    if issubclass(kind, os.PathLike):
        return os.fspath(value)  # type: ignore[call-overload]
    if (kind.__module__.partition(".")[0], kind.__name__) in TEXTUAL_TYPES:
        return str(value)
    value = in_microseconds(value)
    for method in CONVERSIONS:
        if hasattr(kind, method):
            result: object = getattr(value, method)()
            if type(result) is not kind:  # numpy's long double returns itself
                return result
            break
    if issubclass(kind, Number):  # Decimal, Fraction, long double
        return float(value)  # type: ignore[arg-type]
    raise Unreadable(f"no JSON for {kind.__name__}")


def key_text(key: object, depth: int = DEEPEST) -> str:
    """Return the key of an object as text; other types as their JSON.

    Raises
    ------
    BaseException
        As `plain`.
    """
    if type(key) is str:
        return key
    form = plain(key, depth - 1)
    return form if isinstance(form, str) else json.dumps(form, separators=(",", ":"))


def whole(value: int) -> int | float | str | None:
    """Return an integer, as a float if it has more than 64 bits."""
    if -LARGEST_INTEGER <= value < LARGEST_INTEGER:
        return value
    try:
        return float(value)
    except OverflowError:
        return "Infinity" if value > 0 else "-Infinity"


def bounded(values: Iterable[Any]) -> Iterable[Any]:
    """Yield values up to the maximum number.

    Raises
    ------
    Unreadable
        If there are more.
    """
    iterator = iter(values)
    yield from islice(iterator, LONGEST)
    for _ in iterator:
        raise Unreadable(f"more than {LONGEST:,} values")


def is_datetime64(value: object) -> bool:
    """Return whether a value is a numpy datetime64."""
    return getattr(getattr(value, "dtype", None), "kind", None) == "M" and getattr(value, "ndim", None) == 0


def in_microseconds(value: Any) -> Any:
    """Return times of numpy in microseconds, which become Python's; nanoseconds would become whole numbers."""
    kind = getattr(getattr(value, "dtype", None), "kind", None) if hasattr(type(value), "astype") else None
    if kind not in ("M", "m") or not type(value).__module__.startswith("numpy"):
        return value
    return value.astype("datetime64[us]" if kind == "M" else "timedelta64[us]")


def _decoded(value: bytes) -> str:
    """Return bytes as text, as which numpy and older formats have it."""
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise Unreadable("no JSON for bytes that are not UTF-8") from error


def _unless_nat(text: str) -> str | None:
    return None if text == "NaT" else text


def _number(value: float) -> float | str | None:
    if math.isfinite(value):
        return value
    if math.isnan(value):
        return None
    return "Infinity" if value > 0 else "-Infinity"
