"""Exchange: a request and its answer, as recorded by both middlewares."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Generic, TypeVar

from .monitor import Monitor
from .samples import Sample, from_json, observe_each
from .throttled_warnings import describe

Matches = Callable[[str, str], bool]
"""Tells from method and path whether a request is for a prediction."""
Extract = Callable[[object, object], Sample | Sequence[Sample] | None]
"""Returns one or several samples from the JSON of request and answer (None if unreadable)."""

DEFAULT_LIMIT = 256 * 1024
Application = TypeVar("Application")


def is_post(method: str, path: str) -> bool:
    """Return whether a request is a POST."""
    return method == "POST"


@dataclass(frozen=True, slots=True)
class Watching:
    """Which requests are reported, and how samples are extracted."""

    monitor: Monitor
    matches: Matches
    extract: Extract
    limit: int

    def covers(self, method: str, path: str) -> bool:
        """Return whether a request is reported."""
        try:
            return self.matches(method, path)
        except Exception as error:  # an error in the user's function must not affect a request
            self.monitor.warn(f"cannot match {method} {path}: {describe(error)}")
            return False


class Recording:
    """A copy of a body as it passes through, if it can be JSON and is within the limit."""

    __slots__ = ("_chunks", "_room")

    def __init__(self, limit: int) -> None:
        self._room = limit
        self._chunks: list[bytes] | None = []

    def add(self, chunk: object) -> None:
        """Record a chunk, or discard the recording."""
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
        """Return the parsed body; None if it is too long, not JSON or incomplete."""
        try:
            return json.loads(b"".join(self._chunks or []))
        except (ValueError, RecursionError):
            return None


class Exchange:
    """One request in progress. It is reported exactly once, however it ends."""

    def __init__(self, watching: Watching) -> None:
        self.request = Recording(watching.limit)
        self.response = Recording(watching.limit)
        self.code: int | None = None
        self._watching = watching
        self._is_done = False
        self._started = perf_counter()
        self._seconds: float | None = None

    def answered(self, chunk: object = b"") -> None:
        """Record a piece of the answer. Latency ends with the last piece; the rest is network time."""
        self._seconds = perf_counter() - self._started
        self.response.add(chunk)

    def failed(self, code: int = 500) -> None:
        """Report the request as failed with an exception."""
        self.code = code
        self._seconds = None
        self.finish()

    def finish(self) -> None:
        """Report the request unless already done."""
        if self._is_done:
            return
        self._is_done = True
        seconds = perf_counter() - self._started if self._seconds is None else self._seconds
        # If an application does not answer, its server answers 500.
        monitor, request = self._watching.monitor, {"code": self.code or 500, "latency_seconds": seconds}
        try:
            observe_each(monitor, self._samples() or [{}], **request)  # type: ignore[arg-type]
        except Exception as error:  # an error in the user's function must not affect a request
            monitor.warn(f"cannot extract samples: {describe(error)}")
            observe_each(monitor, [{}], **request)  # type: ignore[arg-type]

    def _samples(self) -> Sequence[Sample]:
        extracted = self._watching.extract(self.request.json(), self.response.json())
        if isinstance(extracted, Mapping):
            return [extracted]
        return extracted or []


class Middleware(Generic[Application]):
    """What both middlewares have in common.

    Parameters
    ----------
    app
        The application.
    monitor
        Where samples go.
    matches
        ``(method, path) -> bool``; by default every POST.
    extract
        ``(request JSON, answer JSON) -> sample, or samples``, as keywords of
        `Monitor.observe`; by default `from_json`. It runs after the answer has
        been sent, or just before if that is a list.
    limit
        Longer bodies are not parsed: such a request is reported with status
        code and latency only.
    """

    def __init__(
        self,
        app: Application,
        monitor: Monitor,
        *,
        matches: Matches | None = None,
        extract: Extract | None = None,
        limit: int = DEFAULT_LIMIT,
    ) -> None:
        self._app = app
        self._watching = Watching(monitor, matches or is_post, extract or from_json, limit)
