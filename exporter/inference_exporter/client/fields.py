"""Converts each field of a message from a value of any kind to one that the exporter accepts."""

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from .throttled_warnings import describe
from .values import ATOMS, DEEPEST, LARGEST_INTEGER, Unreadable, converted, is_datetime64, key_text, plain

Report = Callable[[str], None]
"""Called with the reason for omitting a value."""
Form = Callable[[Any, Report], Any]

INVALID: Mapping[str, object] = {}
"""Replaces an unreadable feature: the exporter counts it as invalid, whatever the feature's type."""
# Durations are differences of two clock readings; values this slightly below 0 are rounding errors.
ROUNDING_SECONDS = 1e-3
# Larger Unix times are milliseconds: as seconds they would be after the year 5138.
MILLISECONDS_FROM = 1e11
# Tolerance for the sum of probabilities in half precision.
SUM_TOLERANCE = 2e-3
STATUSES = range(100, 600)
TEXT = frozenset({str})


def guarded(read: Callable[[Any], object], value: object, report: Report) -> Any:
    """Return the result of `read`, None if it fails."""
    try:
        return read(value)
    except BaseException as error:  # a value that raises SystemExit would end the sender's thread
        report(describe(error))
        return None


def one(given: object) -> Any:
    """Return a single value, unwrapped from arrays and lists.

    Raises
    ------
    BaseException
        Unreadable if there are several values, and whatever the value raises.
    """
    value = plain(given)
    for _ in range(DEEPEST):
        if not isinstance(value, list) or len(value) != 1:
            break
        value = value[0]
    if isinstance(value, list):
        raise Unreadable(f"expected one value, got {len(value)}")
    if isinstance(value, dict):
        raise Unreadable("expected one value, got an object")
    return value


def number(given: object) -> int | float | None:
    """Return a finite number, also from text; None if missing."""
    value = one(given)
    if value is None:
        return None
    value = value if type(value) is int else float(value)
    if math.isnan(value):
        return None
    if not math.isfinite(value):
        raise Unreadable(f"expected a number, got {value}")
    return value


def seconds(value: object) -> int | float | None:
    """Return a duration of 0 or more; None if missing."""
    if type(value) is float and 0.0 <= value < math.inf:
        return value
    length = number(value)
    if length is None or length >= 0:
        return length
    if length > -ROUNDING_SECONDS:
        return 0.0
    raise Unreadable(f"expected seconds, 0 or more, got {length}")


def status(value: object) -> int | None:
    """Return an HTTP status; None if missing."""
    code = value if type(value) is int else number(value)
    if code is None or code in STATUSES:
        return None if code is None else int(code)
    raise Unreadable(f"expected an HTTP status from 100 to 599, got {code}")


def identifier(value: object) -> str | int | None:
    """Return text or an integer; None if missing. Integral floats count as integers: columns with gaps are floats."""
    if type(value) not in ATOMS and not isinstance(value, str | int | float | list | tuple):
        value = converted(value)
    if isinstance(value, int) and not isinstance(value, bool):
        exact = int.__int__(value)
        return exact if -LARGEST_INTEGER <= exact < LARGEST_INTEGER else str(exact)
    single = one(value)
    if isinstance(single, bool):
        raise Unreadable("expected text or a whole number, got a boolean")
    if isinstance(single, float):
        return int(single) if single.is_integer() else repr(single)
    return single  # type: ignore[no-any-return]


def text(value: object) -> str | None:
    """Return text, also from a number; None if missing."""
    value = one(value)
    return value if value is None else key_text(value)


def trace(value: object) -> str | None:
    """Return a trace id as text: integers and bytes in hexadecimal, as in OpenTelemetry."""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{int.__int__(value):032x}"
    if isinstance(value, bytes):
        return bytes.hex(value)
    return text(value)


def moment(value: object) -> str | None:
    """Return RFC 3339 text for Unix seconds or a date and time (local time if it has no zone)."""
    if isinstance(value, bytes):
        value = plain(value)
    if isinstance(value, str):
        value = str.__str__(value)
        datetime.fromisoformat(value.upper())
        return value
    unix = value if type(value) is float else _unix_seconds(value)
    if unix is None or unix != unix:
        return None
    return datetime.fromtimestamp(unix / 1000 if abs(unix) >= MILLISECONDS_FROM else unix, UTC).isoformat()


def _unix_seconds(value: object) -> float | None:
    if isinstance(value, datetime):
        return value.timestamp()
    if is_datetime64(value):
        value = value.astype("datetime64[us]").item().replace(tzinfo=UTC).timestamp()  # type: ignore[attr-defined]
    return number(value)


def cells(read: Callable[[Any], object], lost: object, value: Any, report: Report) -> Any:
    """Return an object, read value by value; one that fails is replaced by `lost` (omitted if None)."""
    if type(value) is not dict:
        guarded(_not_an_object, value, report)
        return None
    found: dict[str, object] = {}
    for key, item in value.items():
        try:
            name = key_text(key)
        except BaseException as error:  # as in guarded
            report(f"a name: {describe(error)}")
            continue
        try:
            found[name] = read(item)
        except BaseException as error:  # as in guarded
            report(f"{name[:40]}: {describe(error)}")
            if lost is not None:
                found[name] = lost
    return found


def _not_an_object(value: object) -> None:
    if isinstance(value, Unreadable):
        raise value
    raise Unreadable(f"expected values by name, got {type(value).__name__}")


def features(value: Any, report: Report) -> Any:
    """Return features unchanged if all are JSON types, else converted one by one."""
    if type(value) is dict and ATOMS.issuperset(map(type, value.values())) and TEXT.issuperset(map(type, value)):
        return value
    return cells(plain, INVALID, value, report)


def scores(value: Any, report: Report) -> Any:
    """Return scores by class, or the score of the positive class."""
    if type(value) is dict:
        return cells(number, None, value, report)
    return guarded(_score, value, report)


def _score(value: object) -> int | float | None:
    pair = probability_pair(value)
    return number(value) if pair is None else pair[1]


def probability_pair(value: object) -> Sequence[float] | None:
    """Return the probabilities of two classes, as returned by ``predict_proba``; None for anything else.

    The second is the positive class.
    """
    try:
        pair = plain(value)
    except BaseException:  # as in guarded; the error is reported when the value is read as a score
        return None
    while isinstance(pair, list) and len(pair) == 1:
        pair = pair[0]
    if not isinstance(pair, list) or len(pair) != 2 or not all(type(share) in (int, float) for share in pair):
        return None
    return pair if min(pair) >= 0 and math.isclose(sum(pair), 1.0, abs_tol=SUM_TOLERANCE) else None


def prediction(value: Any, report: Report) -> Any:
    """Return text, a number or a boolean; a list for the probabilities of two classes."""
    if type(value) in ATOMS:
        return value
    pair = probability_pair(value)
    return guarded(one, value, report) if pair is None else pair


def scalar(value: Any, report: Report) -> Any:
    """Return text, a number or a boolean."""
    return value if type(value) in ATOMS else guarded(one, value, report)


def anything(value: Any, report: Report) -> Any:
    """Return any JSON value; unreadable parts of an object are omitted."""
    return cells(plain, None, value, report) if type(value) is dict else guarded(plain, value, report)


def variant(value: Any, report: Report) -> Any:
    """Return text.

    Raises
    ------
    BaseException
        If it cannot be text: its samples would count for the wrong model.
    """
    return text(value)


def _form(read: Callable[[Any], object]) -> Form:
    return partial(guarded, read)


FORMS: Mapping[str, Form] = {
    "time": _form(moment),
    "features": features,
    "prediction": prediction,
    "scores": scores,
    "id": _form(identifier),
    "latency_seconds": _form(seconds),
    "code": _form(status),
    "variant": variant,
    "stages": partial(cells, seconds, None),
    "tags": partial(cells, plain, None),
    "trace_id": _form(trace),
    "raw": features,
    "action": anything,
    "intermediate": anything,
    "attributions": partial(cells, number, None),
    "outcome": scalar,
    "kind": _form(text),
    "title": _form(text),
    "text": _form(text),
}
