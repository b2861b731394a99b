"""Throttled warnings: at most one per minute, however much goes wrong."""

import logging
from contextlib import suppress
from time import monotonic

SECONDS_BETWEEN_WARNINGS = 60.0
# Some exceptions quote the whole offending value.
LONGEST_DESCRIPTION = 500

log = logging.getLogger("inference_exporter.client")


def describe(error: BaseException) -> str:
    """Return the message of an exception, whose __str__ may itself raise."""
    try:
        return f"{type(error).__name__}: {error}"[:LONGEST_DESCRIPTION]
    except Exception:  # __str__ of a foreign exception may raise anything
        return type(error).__name__


class ThrottledWarnings:
    """Keeps the last error, and logs it unless another was logged within the last minute."""

    def __init__(self) -> None:
        self.last = ""
        self._suppressed = 0
        self._quiet_until = 0.0

    def __call__(self, text: str) -> None:
        """Store the text, and log it if a warning is due."""
        self.last = text
        now = monotonic()
        if now < self._quiet_until:
            self._suppressed += 1
            return
        self._quiet_until = now + SECONDS_BETWEEN_WARNINGS
        suppressed, self._suppressed = self._suppressed, 0
        # The application's logging handler may raise; that must not affect a prediction.
        with suppress(Exception):
            log.warning(
                "%s (%d warnings suppressed)" if suppressed else "%s", *((text, suppressed) if suppressed else (text,))
            )
