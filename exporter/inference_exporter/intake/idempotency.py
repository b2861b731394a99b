"""Remembers the answers to requests with an ``Idempotency-Key``, so that a retry does not count twice."""

import threading
from collections import OrderedDict
from collections.abc import Callable

# Hours of a sender that posts a batch every second: retries come within minutes.
REMEMBERED = 10_000
REMEMBERED_BYTES = 8 * 1024**2
# Memory of a key and its answer beyond their bytes.
OVERHEAD_BYTES = 300

Answer = tuple[int, bytes]


class KeyInProgress(Exception):
    """The first request with this key is still in progress."""


class IdempotencyKeys:
    """Answers to recent requests by key. Thread-safe."""

    BUILT = ("_capacity", "_in_progress", "_max_bytes")

    def __init__(self, capacity: int = REMEMBERED, max_bytes: int = REMEMBERED_BYTES) -> None:
        self._capacity, self._max_bytes = capacity, max_bytes
        self._lock = threading.Lock()
        self._in_progress: set[str] = set()
        self._answers: OrderedDict[str, Answer] = OrderedDict()
        self._bytes = 0

    def once(self, key: str, work: Callable[[], Answer]) -> tuple[Answer, bool]:
        """Return the answer of `work`, run once per key, and whether it was remembered.

        An answer is remembered only if `work` succeeds.

        Raises
        ------
        KeyInProgress
            If the first request with this key is still in progress: waiting for it would occupy a thread.
        """
        with self._lock:
            answer = self._answers.get(key)
            if answer is not None:
                return answer, True
            if key in self._in_progress:
                raise KeyInProgress
            self._in_progress.add(key)
        try:
            answer = work()
            with self._lock:
                self._remember(key, answer)
        finally:
            with self._lock:
                self._in_progress.discard(key)
        return answer, False

    def _remember(self, key: str, answer: Answer) -> None:
        self._answers[key] = answer
        self._bytes += _size(key, answer)
        # The oldest go first, whichever was asked for last: a retry comes soon or never.
        while self._answers and (len(self._answers) > self._capacity or self._bytes > self._max_bytes):
            self._bytes -= _size(*self._answers.popitem(last=False))


def _size(key: str, answer: Answer) -> int:
    return len(key) + len(answer[1]) + OVERHEAD_BYTES
