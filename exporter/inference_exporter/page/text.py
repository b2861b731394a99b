"""Texts only the page needs: durations, sizes, titles and anchors; numbers and names are in `formatting`."""

import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Protocol

from ..explain.formatting import formatted, known, number
from ..measures.drift import MEASURES as DRIFT
from ..measures.evidence import TESTS
from ..measures.performance import CLASSIFICATION_MEASURES, LABELLED_MEASURES, REGRESSION_MEASURES
from ..measures.quality import MEASURES as QUALITY


class _Measure(Protocol):
    @property
    def title(self) -> str: ...
    @property
    def help(self) -> str: ...


_TABLES: Sequence[Mapping[str, _Measure]] = (
    DRIFT, CLASSIFICATION_MEASURES, REGRESSION_MEASURES, LABELLED_MEASURES, QUALITY,
)  # fmt: skip
# Reversed, so that of two measures with one key the first table's wins.
MEASURES: Mapping[str, _Measure] = {key: each for table in reversed(_TABLES) for key, each in table.items()}


MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
ANCHOR_LENGTH_AT_MOST = 60


def measured(value: float | None, key: str) -> str:
    """Return the value of a measure of performance; one called a percentage is shown as one."""
    if "percentage" not in key or value is None or not known(value):
        return number(value)
    return f"{number(100 * value)}%"  # an error may be many times the outcome


def effect(value: float | None) -> str:
    """Return a distance between distributions; negligible distances are "<0.001"."""
    return "<0.001" if value is not None and 0 < value < 1e-3 else number(value)


def pvalue(value: float | None) -> str:
    """Return a p-value; small ones, including 0, are "<0.001"."""
    return "<0.001" if value is not None and value < 1e-3 else number(value)


def duration(seconds: float | None) -> str:
    """Return a duration in the unit that suits it."""
    if seconds is None or not known(seconds):
        return ""
    for limit, size, unit in ((1e-3, 1e-6, "µs"), (1.0, 1e-3, "ms"), (2 * MINUTE, 1.0, "s"), (2 * HOUR, MINUTE, "min"),
                              (2 * DAY, HOUR, "h")):  # fmt: skip
        if abs(seconds) < limit:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / DAY:,.0f} days"


def points(change: float | None) -> str:
    """Return a change of a share in percentage points."""
    if change is None or not known(change):
        return ""
    # Rounded before the sign is chosen: "−0.0 points" would be a change without one.
    rounded = round(100 * change, 1)
    return f"{rounded:+.1f} points".replace("-", "−") if rounded else "0 points"


def rate(per_second: float | None) -> str:
    """Return a rate per the shortest unit of time in which the event happens at least once."""
    if per_second is None or not known(per_second):
        return ""
    for size, unit in ((1.0, "s"), (MINUTE, "min"), (HOUR, "h")):
        if per_second * size >= 1:
            return f"{number(per_second * size)}/{unit}"
    return f"{number(per_second * DAY)}/day"


def size(n_bytes: float | None) -> str:
    """Return an amount of memory."""
    if n_bytes is None or not known(n_bytes):
        return ""
    # At 1000, not 1024, so that no number has four digits.
    for unit in ("B", "KiB", "MiB", "GiB"):
        if n_bytes < 1000:
            return f"{n_bytes:.3g} {unit}"
        n_bytes /= 1024
    return f"{n_bytes:,.3g} TiB"


def machine_time(timestamp: float | None) -> str:
    """Return a Unix time as RFC 3339, for the datetime attribute of a time element."""
    return formatted(timestamp, "%Y-%m-%dT%H:%M:%SZ")


def ago(seconds: float | None) -> str:
    """Return how long ago something happened."""
    if seconds is None or not known(seconds):
        return ""
    return "just now" if seconds < 1 else f"{duration(float(round(seconds)))} ago"


def anchor(group: str, column: str) -> str:
    """Return the unique anchor of a column on the page."""
    readable = re.sub(r"[^\w.-]+", "-", f"{group}-{column}")[:ANCHOR_LENGTH_AT_MOST]
    if readable == f"{group}-{column}":
        return readable
    # Names may differ only in characters that an anchor cannot have.
    return f"{readable}-{sha256(column.encode()).hexdigest()[:8]}"


def decisive(key: str) -> str:
    """Return the title of the test that decided a verdict."""
    return TESTS[key].title if key in TESTS else key


def title(key: str) -> str:
    """Return the title of a measure."""
    return MEASURES[key].title
