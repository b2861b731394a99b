"""Stops on request, without losing a signal or deadlocking."""

import signal
import time
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# A sleep continues after a signal (PEP 475), so it has to be short to notice the flag.
LONGEST_SLEEP_SECONDS = 0.1


class Stopped(Exception):
    """Raised when work would continue after a stop request."""


class Stop:
    """Whether a stop was requested.

    A plain flag: setting a `threading.Event` takes a lock, which the code that
    the signal interrupted may hold.
    """

    def __init__(self) -> None:
        self.requested = False

    def on_signals(self) -> "Stop":
        """Request a stop on SIGINT, SIGTERM and SIGHUP."""
        for number in SIGNALS:
            signal.signal(number, self._request)
        return self

    def sleep(self, seconds: float) -> bool:
        """Sleep until the time is up or a stop is requested; return whether one is."""
        until = time.monotonic() + seconds
        while not self.requested and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, LONGEST_SLEEP_SECONDS))
        return self.requested

    def check(self) -> None:
        """Raise `Stopped` if a stop is requested."""
        if self.requested:
            raise Stopped

    def _request(self, _number: int, _frame: FrameType | None) -> None:
        self.requested = True
