"""Numbers as a person reads them; an unknown number is an empty text, and whoever shows it says why."""

import math
import re
from datetime import UTC, datetime
from hashlib import sha256

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
ANCHOR_LENGTH_AT_MOST = 60
SMALLEST = 1e-300  # the next number after 0, where a bucket may begin, is 0 to a person


def _known(value: float | None) -> bool:
    return value is not None and not math.isnan(value)


def count(value: float | None) -> str:
    """Return a whole number with its thousands set apart."""
    return f"{value:,.0f}" if value is not None and _known(value) else ""


def counted(value: int, noun: str) -> str:
    """Return how many there are of something."""
    return f"{count(value)} {noun}" if value == 1 else f"{count(value)} {noun}s"


def number(value: float | None) -> str:
    """Return a number with three significant digits, more only where it has more before the point."""
    if value is None or not _known(value):
        return ""
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    size = abs(value)
    if size < SMALLEST:
        return "0"
    if size < 1e-4 or size >= 1e9:
        text = f"{value:.2e}"
    else:
        text = f"{value:,.0f}" if size >= 1000 else f"{value:.3g}"
    return text.replace("-", "−") if text.startswith("-") else text


def effect(value: float | None) -> str:
    """Return a distance between distributions; what is smaller than anybody cares about is only said to be so."""
    return "<0.001" if value is not None and 0 < value < 1e-3 else number(value)


def share(value: float | None) -> str:
    """Return a share as a percentage; close to all is cut and not rounded, so that only all reads as 100%."""
    if value is None or not _known(value):
        return ""
    percent = 100 * value
    if 99 <= percent < 100:
        return f"{math.floor(percent * 100 + 1e-6) / 100:.4g}%"
    if 0 < percent < 0.01:
        return "<0.01%"
    return f"{percent:.2g}%" if percent < 1 else f"{percent:.3g}%"


def duration(seconds: float | None) -> str:
    """Return a duration in the unit that suits it."""
    if seconds is None or not _known(seconds):
        return ""
    for limit, size, unit in ((1e-3, 1e-6, "µs"), (1.0, 1e-3, "ms"), (2 * MINUTE, 1.0, "s"), (2 * HOUR, MINUTE, "min"),
                              (2 * DAY, HOUR, "h")):  # fmt: skip
        if abs(seconds) < limit:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / DAY:,.0f} days"


def points(change: float | None) -> str:
    """Return a change of a share in percentage points."""
    if change is None or not _known(change):
        return ""
    rounded = round(100 * change, 1)
    return f"{rounded:+.1f} points".replace("-", "−") if rounded else "0 points"


def rate(per_second: float | None) -> str:
    """Return how often something happens, by a unit of time in which it happens at least once."""
    if per_second is None or not _known(per_second):
        return ""
    for size, unit in ((1.0, "s"), (MINUTE, "min"), (HOUR, "h")):
        if per_second * size >= 1:
            return f"{number(per_second * size)}/{unit}"
    return f"{number(per_second * DAY)}/day"


def size(n_bytes: float | None) -> str:
    """Return an amount of memory."""
    if n_bytes is None or not _known(n_bytes):
        return ""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if n_bytes < 1000:
            return f"{n_bytes:.3g} {unit}"
        n_bytes /= 1024
    return f"{n_bytes:,.3g} TiB"


def moment(timestamp: float | None) -> str:
    """Return a Unix time as date and time of day, UTC."""
    return _formatted(timestamp, "%Y-%m-%d %H:%M:%S UTC")


def machine_time(timestamp: float | None) -> str:
    """Return a Unix time as RFC 3339, for the datetime attribute of a time element."""
    return _formatted(timestamp, "%Y-%m-%dT%H:%M:%SZ")


def _formatted(timestamp: float | None, pattern: str) -> str:
    if timestamp is None or not _known(timestamp):
        return ""
    try:
        return datetime.fromtimestamp(timestamp, UTC).strftime(pattern)
    except (ValueError, OverflowError, OSError):  # a year that the calendar does not have
        return ""


def ago(seconds: float | None) -> str:
    """Return how long ago something happened."""
    if seconds is None or not _known(seconds):
        return ""
    return "just now" if seconds < 1 else f"{duration(float(round(seconds)))} ago"


def name(text: str) -> str:
    """Return a name as it is shown; one that nobody could see is said to be so."""
    return text if text.strip() else "(blank)"


def clipped(text: str, length: int) -> str:
    """Return at most `length` characters of a name."""
    text = name(text)
    return text if len(text) <= length else text[: length - 1] + "…"


def anchor(group: str, column: str) -> str:
    """Return the id of a column's place on the page: no two columns share it."""
    readable = re.sub(r"[^\w.-]+", "-", f"{group}-{column}")[:ANCHOR_LENGTH_AT_MOST]
    if readable == f"{group}-{column}":
        return readable
    return f"{readable}-{sha256(column.encode()).hexdigest()[:8]}"


BUCKETS = {"__missing__": "missing", "__non_finite__": "no finite number", "__other__": "other categories",
           "__unseen__": "never seen before"}  # fmt: skip


def bucket(category: str) -> str:
    """Return what a bucket of a category is called."""
    return BUCKETS.get(category, name(category))


TITLES = {
    "f1_ratio": "F1", "roc_auc": "ROC AUC", "r2": "R²", "psi": "PSI", "psi_debiased": "PSI, debiased",
    "js_distance": "Jensen-Shannon distance", "ks_statistic": "Kolmogorov-Smirnov statistic",
    "ks_pvalue": "Kolmogorov-Smirnov p-value", "chi2_pvalue": "Chi-squared p-value",
    "hellinger_distance": "Hellinger distance",
    "wasserstein_normalized": "Wasserstein distance, in standard deviations",
}  # fmt: skip


def title(key: str) -> str:
    """Return what people call a measure."""
    words = key.removesuffix("_ratio").replace("_", " ")
    return TITLES.get(key, words[:1].upper() + words[1:])
