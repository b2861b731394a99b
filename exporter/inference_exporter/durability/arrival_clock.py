"""The wall clock, which stands still at the arrival of what is being counted: a replay then sees the same times."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# Far less than the windows' clocks tolerate as disorder between threads.
LONGEST_STAND_SECONDS = 5.0


class ArrivalClock:
    """Unix time; within `at`, the time of an arrival. Thread-safe."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._here = threading.local()

    def __call__(self) -> float:
        """Return the time."""
        arrived: float | None = getattr(self._here, "arrived", None)
        if arrived is None:
            return self._clock()
        if getattr(self._here, "is_replay", False):
            return arrived
        return max(arrived, self._clock() - LONGEST_STAND_SECONDS)

    @contextmanager
    def at(self, arrived: float, *, is_replay: bool = False) -> Iterator[None]:
        """Stand at an arrival in this thread; while it is live, at most for seconds."""
        self._here.arrived, self._here.is_replay = arrived, is_replay
        try:
            yield
        finally:
            self._here.arrived, self._here.is_replay = None, False
