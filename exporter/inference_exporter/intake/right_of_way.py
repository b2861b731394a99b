"""The right of way: intake waits between two blocks while a scrape is being computed.

Decoding and scraping share one interpreter. Taking turns would make a scrape
last as many times as long as there are threads that decode; the samples can
wait for it.
"""

import threading
from types import TracebackType

# A scrape that lasts longer shares the interpreter, so that intake never stands still.
PATIENCE_SECONDS = 0.2


class RightOfWay:
    """Entered by scrapes, asked by intake."""

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
        """Return once no scrape is under way, or patience has ended."""
        if not self._clear.is_set():
            self._clear.wait(self._patience_seconds)
