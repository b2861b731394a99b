"""Formatting: numbers and names for people, in the page, in sentences and in labels.

An unknown number is an empty text; the caller shows the reason.
"""

import math
from datetime import UTC, datetime

SMALLEST = 1e-300  # a bucket may begin at the next number after 0, which people read as 0


def known(value: float | None) -> bool:
    """Return whether a number is known."""
    return value is not None and not math.isnan(value)


def count(value: float | None) -> str:
    """Return a whole number with thousands separators."""
    return f"{value:,.0f}" if value is not None and known(value) else ""


def counted(value: int, noun: str) -> str:
    """Return a count with its noun, in the plural unless it is 1."""
    return f"{count(value)} {noun}" if value == 1 else f"{count(value)} {noun}s"


def number(value: float | None) -> str:
    """Return a number with three significant digits, or all digits before the decimal point."""
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
    """Return a share as a percentage, rounded down near 100% so that only a full share reads as 100%."""
    if value is None or not known(value):
        return ""
    percent = 100 * value
    if 99 <= percent < 100:
        return f"{math.floor(percent * 100 + 1e-6) / 100:.4g}%"
    if 0 < percent < 0.01:
        return "<0.01%"
    return f"{percent:.2g}%" if percent < 1 else f"{percent:.3g}%"


def whole_share(value: float | None) -> str:
    """Return a share as a whole percentage, to save space; shares near 0% or 100% are not rounded to them."""
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
    except (ValueError, OverflowError, OSError):  # a year outside the calendar
        return ""


def name(text: str) -> str:
    """Return a name for display, with a placeholder for an invisible one."""
    return text if text.strip() else "(blank)"


def clipped(text: str, length: int) -> str:
    """Return at most `length` characters of a name."""
    text = name(text)
    return text if len(text) <= length else text[: length - 1] + "…"


BUCKETS = {"__missing__": "missing", "__non_finite__": "not a finite number", "__other__": "other categories",
           "__unseen__": "never seen before"}  # fmt: skip


def bucket(category: str) -> str:
    """Return the name of a category's bucket."""
    return BUCKETS.get(category, name(category))
