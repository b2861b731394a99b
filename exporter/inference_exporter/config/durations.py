"""Durations and sizes as Prometheus writes them: ``1h30m``, ``250ms``, ``64MB``; modes of files as ``0600``."""

import re

# A day has 24 hours and a year 365 days, as in Prometheus' model.Duration.
_UNITS_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0, "y": 31536000.0}
# Prometheus' grammar: units from large to small, each at most once, whole numbers only.
_DURATION = re.compile(r"(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?")
_ORDER = ("y", "w", "d", "h", "m", "s", "ms")
_SIZE = re.compile(r"(\d+)(B|KB|MB|GB)?")
_MODE = re.compile(r"0?[0-7]{3}")
_UNITS_BYTES = {None: 1, "B": 1, "KB": 1024, "MB": 1024**2, "GB": 1024**3}


def parse_duration(text: str) -> float:
    """Return the seconds of a Prometheus duration such as ``1h30m`` or ``100ms``.

    Raises
    ------
    ValueError
        If the text is not a duration; the message says what was expected.
    """
    match = _DURATION.fullmatch(text)
    if not text or match is None:
        raise ValueError(f"expected a duration such as 5m, 1h30m or 250ms, got {text!r}")
    return sum(
        int(amount) * _UNITS_SECONDS[unit] for amount, unit in zip(match.groups(), _ORDER, strict=True) if amount
    )


def parse_size(text: str) -> int:
    """Return the bytes of a size such as ``64MB`` (1 KB is 1024 bytes, as in the Prometheus projects)."""
    match = _SIZE.fullmatch(text)
    if match is None:
        raise ValueError(f"expected a size such as 512KB or 64MB, got {text!r}")
    return int(match[1]) * _UNITS_BYTES[match[2]]


def parse_mode(text: str) -> int:
    """Return the permissions of a file, written in octal such as ``0600``.

    Raises
    ------
    ValueError
        If the text is not three octal digits.
    """
    if _MODE.fullmatch(text) is None:
        raise ValueError(f"expected the mode of a file such as 0600 or 0660, got {text!r}")
    return int(text, 8)
