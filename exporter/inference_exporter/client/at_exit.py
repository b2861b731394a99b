"""The end of a process, at which what is queued should still be sent."""

import atexit
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any
from weakref import WeakMethod

# Before multiprocessing's own queues end, which have -5 and 0.
PRIORITY = 10

_at_sigterm: "list[WeakMethod[Callable[[], object]]]" = []


class ExitHook:
    """Has a method called when the process ends: by itself, as a child of multiprocessing, or when a pool ends it."""

    def __init__(self, close: Callable[[], object]) -> None:
        self._close = close
        self._is_registered = False
        self._finalizer: Any = None

    def arm(self) -> None:
        """Have the method called; to be called again in children, and costs little where nothing is to do."""
        if not self._is_registered:
            self._is_registered = True
            atexit.register(self._close)
        # Children of multiprocessing end by os._exit, without atexit. Those have imported it already.
        util, process = sys.modules.get("multiprocessing.util"), sys.modules.get("multiprocessing.process")
        if util is None or process is None or process.parent_process() is None:
            return
        if self._finalizer is None or not self._finalizer.still_active():
            self._finalizer = util.Finalize(None, self._close, exitpriority=PRIORITY)
            _close_at_sigterm(self._close)

    def disarm(self) -> None:
        """Forget the method."""
        atexit.unregister(self._close)
        self._is_registered = False
        if self._finalizer is not None:
            self._finalizer.cancel()
            self._finalizer = None


def _close_at_sigterm(close: Callable[[], object]) -> None:
    """Close before SIGTERM ends this child of multiprocessing: so ends ``with Pool()``. A handler of others stays."""
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
