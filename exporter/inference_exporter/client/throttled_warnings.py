"""Complaints: one warning a minute, however much goes wrong."""

import logging
from contextlib import suppress
from time import monotonic

SECONDS_BETWEEN_WARNINGS = 60.0
# Some exceptions quote the whole value that they are about.
LONGEST_DESCRIPTION = 500

log = logging.getLogger("inference_exporter.client")


def describe(error: BaseException) -> str:
    """Return what an exception says, which for one of foreign make may itself raise."""
    try:
        return f"{type(error).__name__}: {error}"[:LONGEST_DESCRIPTION]
    except Exception:  # an exception's own __str__ may raise anything
        return type(error).__name__


class Complaints:
    """Keeps the last thing that went wrong, and logs it unless something was logged in the last minute."""

    def __init__(self) -> None:
        self.last = ""
        self._unsaid = 0
        self._quiet_until = 0.0

    def __call__(self, text: str) -> None:
        """Remember the text, and log it if it is time for a warning."""
        self.last = text
        now = monotonic()
        if now < self._quiet_until:
            self._unsaid += 1
            return
        self._quiet_until = now + SECONDS_BETWEEN_WARNINGS
        unsaid, self._unsaid = self._unsaid, 0
        # A logging handler of the application may raise; that must not reach a prediction.
        with suppress(Exception):
            log.warning("%s (%d warnings unsaid)" if unsaid else "%s", *((text, unsaid) if unsaid else (text,)))
