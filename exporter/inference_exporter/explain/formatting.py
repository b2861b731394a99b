"""Wording: numbers and names as a person reads them, in the page, in sentences and in labels.

An unknown number is an empty text, and whoever shows it says why.
"""

import math
from datetime import UTC, datetime

SMALLEST = 1e-300  # the next number after 0, where a bucket may begin, is 0 to a person


def known(value: float | None) -> bool:
    """Tell whether there is a number."""
    return value is not None and not math.isnan(value)


def count(value: float | None) -> str:
    """Return a whole number with its thousands set apart."""
    return f"{value:,.0f}" if value is not None and known(value) else ""


def counted(value: int, noun: str) -> str:
    """Return how many there are of something."""
    return f"{count(value)} {noun}" if value == 1 else f"{count(value)} {noun}s"


def number(value: float | None) -> str:
    """Return a number with three significant digits, more only where it has more before the point."""
    if value is None or not known(value):
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


def share(value: float | None) -> str:
    """Return a share as a percentage; close to all is cut and not rounded, so that only all reads as 100%."""
    if value is None or not known(value):
        return ""
    percent = 100 * value
    if 99 <= percent < 100:
        return f"{math.floor(percent * 100 + 1e-6) / 100:.4g}%"
    if 0 < percent < 0.01:
        return "<0.01%"
    return f"{percent:.2g}%" if percent < 1 else f"{percent:.3g}%"


def whole_share(value: float | None) -> str:
    """Return a share as a whole percentage, for where there is little room; nearly none or all is not rounded away."""
    return f"{100 * value:.0f}%" if value is not None and 0.01 <= value <= 0.99 else share(value)


def moment(timestamp: float | None) -> str:
    """Return a Unix time as date and time of day, UTC."""
    return formatted(timestamp, "%Y-%m-%d %H:%M:%S UTC")


def formatted(timestamp: float | None, pattern: str) -> str:
    """Return a Unix time in a pattern of strftime, UTC."""
    if timestamp is None or not known(timestamp):
        return ""
    try:
        return datetime.fromtimestamp(timestamp, UTC).strftime(pattern)
    except (ValueError, OverflowError, OSError):  # a year that the calendar does not have
        return ""


def name(text: str) -> str:
    """Return a name as it is shown; one that nobody could see is said to be so."""
    return text if text.strip() else "(blank)"


def clipped(text: str, length: int) -> str:
    """Return at most `length` characters of a name."""
    text = name(text)
    return text if len(text) <= length else text[: length - 1] + "…"


BUCKETS = {"__missing__": "missing", "__non_finite__": "no finite number", "__other__": "other categories",
           "__unseen__": "never seen before"}  # fmt: skip


def bucket(category: str) -> str:
    """Return what a bucket of a category is called."""
    return BUCKETS.get(category, name(category))
