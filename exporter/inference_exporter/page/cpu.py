"""CpuRates: how many CPU cores a model server uses, from two readings of its CPU time."""

import math
import threading

from ..model.process import ProcessView
from ..samples.batch import ModelKey

# Long enough that clock ticks of 10 ms do not matter, short enough to show the current use.
SHORTEST_SECONDS, LONGEST_SECONDS = 2.0, 60.0


class CpuRates:
    """Remembers a reading of each model server; frequent page views share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # Readings of the last minute, at least two seconds apart: some thirty a model.
        self._readings: dict[ModelKey, list[tuple[float, float]]] = {}

    def cores(self, key: ModelKey, process: ProcessView | None, now: float) -> float:
        """Return the mean number of cores in use since an earlier reading, NaN until there is one."""
        if process is None or process.cpu_seconds is None or not process.up:
            return math.nan
        with self._lock:
            readings = [(time, cpu) for time, cpu in self._readings.get(key, []) if 0 <= now - time <= LONGEST_SECONDS]
            # Only readings far enough apart, or two viewers at once would leave intervals too short to measure.
            if not readings or now - readings[-1][0] >= SHORTEST_SECONDS:
                self._readings[key] = [*readings, (now, process.cpu_seconds)]
        earlier = next(((time, cpu) for time, cpu in readings if now - time >= SHORTEST_SECONDS), None)
        if earlier is None:
            return math.nan
        # A restarted server may begin at a smaller number.
        return max(process.cpu_seconds - earlier[1], 0.0) / (now - earlier[0])
