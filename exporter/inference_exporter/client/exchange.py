"""Exchange: what both middlewares learn from one request and its answer."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter

from .monitor import Monitor
from .samples import Sample, from_json, observe_each
from .throttled_warnings import describe

Matches = Callable[[str, str], bool]
"""From method and path to whether the request is one for a prediction."""
Extract = Callable[[object, object], Sample | Sequence[Sample] | None]
"""From the JSON of request and answer (None where it cannot be read) to one sample, or several."""

DEFAULT_LIMIT = 256 * 1024


def is_post(method: str, path: str) -> bool:
    """Tell a request that brings something to predict from one that does not."""
    return method == "POST"


@dataclass(frozen=True, slots=True)
class Watching:
    """Which requests are watched, and how they are read."""

    monitor: Monitor
    matches: Matches
    extract: Extract
    limit: int

    def covers(self, method: str, path: str) -> bool:
        """Tell whether a request is to be handed over."""
        try:
            return self.matches(method, path)
        except Exception as error:  # the user's function may not harm a request
            self.monitor.complain(f"cannot match {method} {path}: {describe(error)}")
            return False


class Recording:
    """A copy of a body as it passes, as long as it can be JSON and is within the limit."""

    __slots__ = ("_chunks", "_room")

    def __init__(self, limit: int) -> None:
        self._room = limit
        self._chunks: list[bytes] | None = []

    def add(self, chunk: object) -> None:
        """Keep a chunk, or give up the whole."""
        if self._chunks is None or not chunk:
            return
        if not isinstance(chunk, bytes | bytearray) or len(chunk) > self._room or not self._may_be_json(chunk):
            self._chunks = None
            return
        self._room -= len(chunk)
        self._chunks.append(bytes(chunk))

    def _may_be_json(self, chunk: bytes | bytearray) -> bool:
        return bool(self._chunks) or chunk[:64].lstrip()[:1] in (b"{", b"[")

    def json(self) -> object:
        """Return what the body says; None where it is too long, not JSON or was not read to its end."""
        try:
            return json.loads(b"".join(self._chunks or []))
        except (ValueError, RecursionError):
            return None


class Exchange:
    """One request under way. It is handed over once, whichever way it ends."""

    def __init__(self, watching: Watching) -> None:
        self.request = Recording(watching.limit)
        self.response = Recording(watching.limit)
        self.code: int | None = None
        self._watching = watching
        self._is_done = False
        self._started = perf_counter()
        self._seconds: float | None = None

    def answered(self, chunk: object = b"") -> None:
        """Note a piece of the answer. Latency ends with the last: what comes after is the network's."""
        self._seconds = perf_counter() - self._started
        self.response.add(chunk)

    def failed(self, code: int = 500) -> None:
        """End with an exception."""
        self.code = code
        self._seconds = None
        self.finish()

    def finish(self) -> None:
        """Hand the request over, if that has not been done."""
        if self._is_done:
            return
        self._is_done = True
        seconds = perf_counter() - self._started if self._seconds is None else self._seconds
        # A server answers 500 in place of an application that answers nothing.
        monitor, request = self._watching.monitor, {"code": self.code or 500, "latency_seconds": seconds}
        try:
            observe_each(monitor, self._samples() or [{}], **request)  # type: ignore[arg-type]
        except Exception as error:  # extract is the user's: what it does or returns may not harm a request
            monitor.complain(f"cannot extract samples: {describe(error)}")
            observe_each(monitor, [{}], **request)  # type: ignore[arg-type]

    def _samples(self) -> Sequence[Sample]:
        extracted = self._watching.extract(self.request.json(), self.response.json())
        if isinstance(extracted, Mapping):
            return [extracted]
        return extracted or []


def watching(monitor: Monitor, matches: Matches | None, extract: Extract | None, limit: int) -> Watching:
    """Return what to watch, with the defaults in place of None."""
    return Watching(monitor, matches or is_post, extract or from_json, limit)
