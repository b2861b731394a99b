"""Bugs of the exporter itself: contained where they happen, counted, and logged once each."""

import logging
import threading
from collections import Counter
from collections.abc import Mapping
from types import TracebackType
from typing import NamedTuple

log = logging.getLogger(__name__)
KINDS_LOGGED = 1000  # kinds of failure; more are counted but not logged, so that the log stays bounded
PLACES_COUNTED = 5000  # enough for all parts of the maximum number of models; beyond, models share a count

Model = tuple[str, ...]
NO_MODEL: Model = ("", "", "")


class Place(NamedTuple):
    """Where something failed: the kind of part, its name, and the model (name, version, variant) concerned."""

    part: str
    name: str
    model: Model = NO_MODEL


class Failures:
    """Counts since the start. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[Place] = Counter()
        self._logged: set[tuple[object, ...]] = set()

    def contained(self, part: str, name: str, model: Model = NO_MODEL) -> "Contained":
        """Return a context manager that catches and records a failure inside it."""
        return Contained(self, Place(part, name, tuple(model)))

    def record(self, place: Place, error: BaseException) -> None:
        """Count a failure; log the first of its kind with a traceback."""
        kind = (place, type(error), _line_of(error))
        with self._lock:
            full = len(self._counts) >= PLACES_COUNTED and place not in self._counts
            self._counts[place._replace(model=NO_MODEL) if full else place] += 1
            new = kind not in self._logged and len(self._logged) < KINDS_LOGGED
            if new:
                self._logged.add(kind)
        if new:
            about = f" for {'/'.join(place.model)}" if any(place.model) else ""
            log.error(
                "%s %s failed%s; further failures of this kind are only counted",
                place.part,
                place.name,
                about,
                exc_info=error,
            )

    def counts(self) -> Mapping[Place, int]:
        """Return the number of failures by place."""
        with self._lock:
            return dict(self._counts)


class Contained:
    """The one place that catches everything: a bug in one part must not affect the others."""

    __slots__ = ("_failures", "_place", "failed")

    def __init__(self, failures: Failures, place: Place) -> None:
        self._failures, self._place = failures, place
        self.failed = False

    def __enter__(self) -> "Contained":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> bool:
        if not isinstance(error, Exception):  # no failure, or the process is stopping
            return False
        self.failed = True
        self._failures.record(self._place, error)
        return True


def _line_of(error: BaseException) -> tuple[str, int] | None:
    """Return the file and line that raised an error."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return (trace.tb_frame.f_code.co_filename, trace.tb_lineno) if trace is not None else None
