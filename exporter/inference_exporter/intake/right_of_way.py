"""The right of way: intake waits between two blocks while a scrape is computed.

Decoding and scraping share one interpreter. If they took turns, a scrape
next to n decoding threads would take n + 1 times as long; samples can wait.
"""

import threading
from types import TracebackType

# A longer scrape shares the interpreter, so that intake never stops.
PATIENCE_SECONDS = 0.2


class RightOfWay:
    """A context manager for scrapes, which intake waits for."""

    def __init__(self, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._patience_seconds = patience_seconds
        self._lock = threading.Lock()
        self._scrapes = 0
        self._clear = threading.Event()
        self._clear.set()

    def __enter__(self) -> None:
        with self._lock:
            self._scrapes += 1
            self._clear.clear()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._scrapes -= 1
            if not self._scrapes:
                self._clear.set()

    def give(self) -> None:
        """Return when no scrape is running, or after `PATIENCE_SECONDS`."""
        if not self._clear.is_set():
            self._clear.wait(self._patience_seconds)
