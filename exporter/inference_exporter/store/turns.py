"""Turns: what was written to the journal is counted in the same order, one entry at a time.

A replay is then the same computation, and ends in the same state.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class InOrder:
    """Lets threads work in the order of their numbers, which follow each other without a gap."""

    def __init__(self) -> None:
        self._done = 0
        self._passed: set[int] = set()
        self._is_busy = self._is_held = False
        self._changed = threading.Condition()

    def start_after(self, number: int) -> None:
        """Let the first turn be the one after a number."""
        with self._changed:
            self._finish(number)

    @contextmanager
    def turn(self, number: int) -> Iterator[None]:
        """Wait for the turn of a number; it ends with the block."""
        with self._changed:
            # Also not while a snapshot copies the state.
            self._changed.wait_for(lambda: self._done == number - 1 and not self._is_held)
            self._is_busy = True
        try:
            yield
        finally:
            with self._changed:
                self._is_busy = False
                self._finish(number)

    @property
    def done(self) -> int:
        """The last number whose turn is over."""
        with self._changed:
            return self._done

    def pass_on(self, number: int) -> None:
        """Give a number up: those after it need not wait for it."""
        with self._changed:
            self._passed.add(number)
            # Otherwise the end of the turn under way passes it on.
            if not self._is_busy:
                self._finish(self._done)

    def _finish(self, number: int) -> None:
        self._done = number
        while self._done + 1 in self._passed:
            self._done += 1
            self._passed.discard(self._done)
        self._changed.notify_all()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold up all turns."""
        with self._changed:
            self._is_held = True
            self._changed.wait_for(lambda: not self._is_busy)
        try:
            yield
        finally:
            with self._changed:
                self._is_held = False
                self._finish(self._done)
