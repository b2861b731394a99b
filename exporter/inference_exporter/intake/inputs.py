"""The ways in besides HTTP, one line each, and the threads that they run in."""

import logging
import threading
import time
from collections.abc import Iterator

from ..config.inputs import InputsConfig
from .ways import WAYS
from .ways._base import Number, Running, Surroundings

log = logging.getLogger(__name__)
# Between two runs of a way in that ended with a fault.
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 60.0


class Inputs:
    """Every way in, each in a thread of its own that starts again after a bug."""

    def __init__(self, config: InputsConfig, surroundings: Surroundings, stopping: threading.Event) -> None:
        self._failures = surroundings.failures
        self._running: dict[str, Running] = {key: way.build(config, surroundings) for key, way in WAYS.items()}
        self._stop = stopping
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Start reading."""
        for key in self._running:
            # Daemons: a reader stuck in the kernel must not keep the process alive.
            thread = threading.Thread(target=self._keep_running, args=(key,), name=f"input-{key}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """Stop reading, after what is being read."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def reconfigure(self, config: InputsConfig) -> None:
        """Read what a new configuration names."""
        for running in self._running.values():
            running.reconfigure(config)

    def numbers(self) -> Iterator[Number]:
        """Yield the numbers of every way."""
        if up := self._up(time.monotonic()):
            yield Number(
                "inference_exporter_input_up", "1 if this source can be read.", "gauge", ("input", "source"), up
            )
        for running in self._running.values():
            yield from running.numbers()

    def _up(self, now: float) -> dict[tuple[str, ...], float]:
        return {
            (key, source): float(works)
            for key, running in self._running.items()
            for source, works in running.working(now).items()
        }

    def _keep_running(self, key: str) -> None:
        pause = FIRST_PAUSE_SECONDS
        while not self._stop.is_set():
            with self._failures.contained("input", key):
                self._running[key].run(self._stop)
            self._stop.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
