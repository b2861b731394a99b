"""Sends queued messages when the process ends."""

import atexit
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any
from weakref import WeakMethod

# Before the finalizers of multiprocessing's queues, whose priorities are -5 and 0.
PRIORITY = 10

_at_sigterm: "list[WeakMethod[Callable[[], object]]]" = []


class ExitHook:
    """Calls a method when the process ends: normally, as a child of multiprocessing, or when terminated by a pool."""

    def __init__(self, close: Callable[[], object]) -> None:
        self._close = close
        self._is_registered = False
        self._finalizer: Any = None

    def arm(self) -> None:
        """Register the method; call it again in child processes. Cheap if already registered."""
        if not self._is_registered:
            self._is_registered = True
            atexit.register(self._close)
        # Children of multiprocessing end with os._exit, without atexit; they have already imported multiprocessing.
        util, process = sys.modules.get("multiprocessing.util"), sys.modules.get("multiprocessing.process")
        if util is None or process is None or process.parent_process() is None:
            return
        if self._finalizer is None or not self._finalizer.still_active():
            self._finalizer = util.Finalize(None, self._close, exitpriority=PRIORITY)
            _close_at_sigterm(self._close)

    def disarm(self) -> None:
        """Unregister the method."""
        atexit.unregister(self._close)
        self._is_registered = False
        if self._finalizer is not None:
            self._finalizer.cancel()
            self._finalizer = None


def _close_at_sigterm(close: Callable[[], object]) -> None:
    """Close on SIGTERM in a child of multiprocessing, which is how ``with Pool()`` ends; keep existing handlers."""
    _at_sigterm.append(WeakMethod(close))
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        with suppress(ValueError):  # not the main thread
            signal.signal(signal.SIGTERM, _close_all)


def _close_all(number: int, frame: FrameType | None) -> None:
    for reference in _at_sigterm:
        close = reference()
        if close is not None:
            close()
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
