"""A few calls in each turn of the event loop, so that new connections wait only for a few."""

import asyncio
from collections import deque
from collections.abc import Callable

CALLS_A_TURN = 4


class Turns:
    """A queue of calls; each turn of the loop makes a few."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._line: deque[Callable[[], object]] = deque()
        self._is_scheduled = False

    def add(self, call: Callable[[], object]) -> None:
        """Queue a call."""
        self._line.append(call)
        self._schedule()

    def _schedule(self) -> None:
        if self._line and not self._is_scheduled:
            self._is_scheduled = True
            # The loop looks at its sockets between two turns; calls made directly would keep it from that.
            self._loop.call_soon(self._make_some)

    def _make_some(self) -> None:
        for _ in range(min(CALLS_A_TURN, len(self._line))):
            self._line.popleft()()
        self._is_scheduled = False
        self._schedule()
