"""From what was handed over to one line of JSON."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from .fields import FORMS
from .outbox import Entry
from .values import Unreadable, plain

# Half of a pair of UTF-16 units, as in text that was cut within an emoji: legal in Python's text, not in JSON's. The
# alternatives before it are an escaped backslash and a whole pair.
_UNITS = re.compile(r"\\\\|\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|(\\ud[89a-f][0-9a-f]{2})")
REPLACEMENT = r"\ufffd"
REQUIRED = (frozenset({"id", "outcome"}), frozenset({"kind", "title"}))
"""Fields without which an outcome or an event says nothing."""
CONTENT = ("features", "prediction", "scores", "code", "latency_seconds")
"""A sample with any of these says something."""

# What it is given are trees of exact JSON types: nothing can contain itself.
_json = json.JSONEncoder(separators=(",", ":"), allow_nan=False, check_circular=False)


class LineEncoder:
    """Writes messages as lines of NDJSON, each with the model they speak of.

    A value without a JSON form costs itself: a feature becomes one that the
    exporter counts as invalid, any other value is left out.
    """

    def __init__(self, model: object = None, version: object = None) -> None:
        head = {"model": model, "version": version}
        line = _line({name: label(value) for name, value in head.items() if value is not None})
        self._head = line[:-1] + "," if len(line) > len("{}") else "{"
        self.invalid: Counter[str] = Counter()
        """How many values could not be read, by field."""
        self.fault = ""
        """Why a value of the last message could not be read; empty where all could."""
        self._field = ""

    def __call__(self, names: Sequence[str], entry: Entry) -> bytes:
        """Return one line; `entry` has a value for each name, None where it has no value.

        Raises
        ------
        BaseException
            Unreadable where nothing is left of the message; what its variant
            raises, since a sample of an unknown variant belongs nowhere.
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
            fields["features"] = {}  # a request of which only code and latency are known

    def _report(self, fault: str) -> None:
        self.invalid[self._field] += 1
        self.fault = f"{self._field}: {fault}"


def _line(fields: dict[str, Any]) -> str:
    """Return an object of JSON types as strict JSON that is all ASCII."""
    try:
        line = _json.encode(fields)
    except ValueError:  # NaN, an infinity, a whole number of thousands of digits
        line = _json.encode(plain(fields))
    return _UNITS.sub(lambda unit: REPLACEMENT if unit[1] else unit[0], line) if "\\ud" in line else line


def label(value: object) -> str:
    """Return the name of a model or version as text, whatever it is."""
    try:
        return str(value)
    except Exception:  # the text of a foreign object may raise anything, and this is where the model server starts
        return type(value).__name__
