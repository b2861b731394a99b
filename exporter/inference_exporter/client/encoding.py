"""From what was handed over to one line of JSON."""

import json
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from numbers import Number
from uuid import UUID

from .outbox import Entry

# A sample is a mapping of mappings; what is nested deeper than this is no feature any more, or refers to itself.
DEEPEST = 16
# JSON has whole numbers of any size, most of its readers have 64 bits.
LARGEST_INTEGER = 2**63


class LineEncoder:
    """Writes messages as lines of NDJSON, each with the model they speak of."""

    def __init__(self, model: object = None, version: object = None) -> None:
        head = {"model": model, "version": version}
        text = _json.encode({name: str(value) for name, value in head.items() if value is not None})
        self._head = text[:-1] + "," if len(text) > len("{}") else "{"

    def __call__(self, names: Sequence[str], entry: Entry) -> bytes:
        """Return one line; `entry` has a value for each name, None where there is none.

        Raises
        ------
        Exception
            Whatever the values raise when they are read.
        """
        fields = {name: value for name, value in zip(names, entry, strict=True) if value is not None}
        fields["time"] = _timestamp(fields["time"])
        if "features" in names and "features" not in fields and "prediction" not in fields:
            fields["features"] = {}  # a request of which only code and latency are known
        try:
            text = _json.encode(fields)
        except (TypeError, ValueError):  # not a number, a key that is no text, a cycle: look at each value
            text = _json.encode(plain(fields))
        return (self._head + text[1:]).encode("ascii")


def plain(value: object, depth: int = DEEPEST) -> object:
    """Return a value as JSON has it.

    Not-a-number becomes null (missing), an infinity the text ``"Infinity"`` or
    ``"-Infinity"``, which the exporter counts as not finite. Whole numbers of
    more than 64 bits become the nearest float.

    Raises
    ------
    Exception
        TypeError where there is no such form, ValueError where the value is
        nested too deep, and whatever the value itself raises.
    """
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        return value if -LARGEST_INTEGER <= value < LARGEST_INTEGER else _number(_as_float(value))
    if isinstance(value, float):
        return _number(value)
    if depth == 0:
        raise ValueError(f"nested deeper than {DEEPEST} levels, or within itself")
    if isinstance(value, Mapping):
        return {_key(key, depth): plain(item, depth - 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item, depth - 1) for item in value]
    return plain(converted(value), depth - 1)


def converted(value: object) -> object:
    """Return a value that JSON does not know as one that is nearer to it.

    Raises
    ------
    Exception
        TypeError where there is none, and whatever the value itself raises.
    """
    if isinstance(value, date | time):  # a datetime is a date, too
        text = value.isoformat()
        return None if text == "NaT" else text
    if _is_datetime64(value):
        text = str(value)
        return None if text == "NaT" else text
    # Arrays and scalars of numpy, and of what is built like it; never imported here.
    for method in ("tolist", "item"):
        if callable(convert := getattr(value, method, None)):
            result: object = convert()
            return result
    return _converted_standard(value)


def _converted_standard(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return list(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Number):  # Decimal, Fraction
        return float(value)  # type: ignore[arg-type]
    if type(value).__name__ == "NAType":  # pandas.NA
        return None
    raise TypeError(f"no JSON for {type(value).__name__}")


_json = json.JSONEncoder(separators=(",", ":"), allow_nan=False, default=converted)


def _timestamp(value: object) -> object:
    """Return RFC 3339 text for a moment: Unix seconds or a date and time (in local time where it names no zone)."""
    if isinstance(value, str):
        return value
    if isinstance(value, datetime):
        value = value.timestamp()
    elif _is_datetime64(value):
        value = value.astype("datetime64[us]").item().replace(tzinfo=UTC).timestamp()  # type: ignore[attr-defined]
    return datetime.fromtimestamp(float(value), UTC).isoformat()  # type: ignore[arg-type]


def _is_datetime64(value: object) -> bool:
    return getattr(getattr(value, "dtype", None), "kind", None) == "M" and getattr(value, "ndim", None) == 0


def _key(key: object, depth: int) -> str:
    return key if isinstance(key, str) else _json.encode(plain(key, depth - 1)).strip('"')


def _number(value: float) -> float | str | None:
    if math.isfinite(value):
        return value
    if math.isnan(value):
        return None
    return "Infinity" if value > 0 else "-Infinity"


def _as_float(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
