"""Encodes a message as one line of JSON."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from .fields import FORMS
from .outbox import Entry
from .values import Unreadable, plain

# A lone UTF-16 surrogate, as in text truncated within an emoji: valid in a Python string, not in JSON. The earlier
# alternatives are an escaped backslash and a complete pair.
_UNITS = re.compile(r"\\\\|\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|(\\ud[89a-f][0-9a-f]{2})")
REPLACEMENT = r"\ufffd"
REQUIRED = (frozenset({"id", "outcome"}), frozenset({"kind", "title"}))
"""Fields that an outcome or an event must have."""
CONTENT = ("features", "prediction", "scores", "code", "latency_seconds")
"""A sample must have one of these fields."""

# Its input consists of plain JSON types, so it cannot contain itself.
_json = json.JSONEncoder(separators=(",", ":"), allow_nan=False, check_circular=False)


class LineEncoder:
    """Writes messages as lines of NDJSON, each with its model.

    A value without a JSON form does not affect the rest of its message: the
    exporter counts a feature as invalid, any other value is omitted.
    """

    def __init__(self, model: object = None, version: object = None) -> None:
        head = {"model": model, "version": version}
        line = _line({name: label(value) for name, value in head.items() if value is not None})
        self._head = line[:-1] + "," if len(line) > len("{}") else "{"
        self.invalid: Counter[str] = Counter()
        """Number of unreadable values, by field."""
        self.fault = ""
        """Why a value of the last message was unreadable; empty if all were readable."""
        self._field = ""

    def __call__(self, names: Sequence[str], entry: Entry) -> bytes:
        """Return one line; `entry` has a value, or None, for each field.

        Raises
        ------
        BaseException
            Unreadable if nothing of the message is readable; any error of its
            variant, because its samples would count for the wrong model.
        """
        self.fault = ""
        fields: dict[str, Any] = {}
        report = self._report
        for name, value in zip(names, entry, strict=True):
            if value is not None:
                self._field = name
                form = FORMS[name](value, report)
                if form is not None:
                    fields[name] = form
        if type(fields.get("prediction")) is list:  # the probabilities of two classes
            fields.setdefault("scores", fields.pop("prediction")[1])
        if "features" not in fields and "prediction" not in fields:
            self._require_content(names, fields)
        return (self._head + _line(fields)[1:]).encode("ascii")

    def _require_content(self, names: Sequence[str], fields: dict[str, Any]) -> None:
        for required in REQUIRED:
            if required <= set(names) and not fields.keys() >= required:
                raise Unreadable(self.fault or f"expected {' and '.join(sorted(required))}")
        if "features" in names:
            if self.fault and not any(name in fields for name in CONTENT):
                raise Unreadable(self.fault)
            fields["features"] = {}  # a request with only status code and latency

    def _report(self, fault: str) -> None:
        self.invalid[self._field] += 1
        self.fault = f"{self._field}: {fault}"


def _line(fields: dict[str, Any]) -> str:
    """Return an object of JSON types as strict JSON in ASCII."""
    try:
        line = _json.encode(fields)
    except ValueError:  # NaN, infinity, an integer of thousands of digits
        line = _json.encode(plain(fields))
    return _UNITS.sub(lambda unit: REPLACEMENT if unit[1] else unit[0], line) if "\\ud" in line else line


def label(value: object) -> str:
    """Return the name of a model or version as text, whatever its type."""
    try:
        return str(value)
    except (
        Exception
    ):  # __str__ of a foreign object may raise anything, and must not keep the model server from starting
        return type(value).__name__
