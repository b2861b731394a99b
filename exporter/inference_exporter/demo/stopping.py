"""Ending on request, without a moment in which a request is lost or a lock is held twice."""

import signal
import time
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LONGEST_SLEEP_SECONDS = 0.1


class Stopped(Exception):
    """Raised where work was to go on after a stop was requested."""


class Stop:
    """Whether somebody asked us to end.

    A plain flag: a `threading.Event` takes a lock when set, which the very code
    that the signal interrupted may hold.
    """

    def __init__(self) -> None:
        self.requested = False

    def on_signals(self) -> "Stop":
        """Let SIGINT, SIGTERM and SIGHUP request the stop."""
        for number in SIGNALS:
            signal.signal(number, self._request)
        return self

    def sleep(self, seconds: float) -> bool:
        """Sleep, but no longer than until a stop is requested; return whether one is."""
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
