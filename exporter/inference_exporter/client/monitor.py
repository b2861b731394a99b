"""Monitor: what a model server calls."""

import atexit
import os
import weakref
from collections.abc import Callable, Mapping
from dataclasses import asdict
from time import monotonic
from time import time as now
from typing import Self, overload

from .encoding import LineEncoder
from .options import Options
from .outbox import NEVER, Entry, Outbox
from .samples import LengthMismatch, from_columns, observe_each
from .sender import Sender
from .statistics import Statistics
from .throttled_warnings import Complaints, describe
from .transport import Transport
from .watch import Function, ReadFeatures, ReadResult, watched

URL_VARIABLE = "INFERENCE_EXPORTER_URL"
DEFAULT_URL = "http://127.0.0.1:10800"

SAMPLE = (
    "time", "features", "prediction", "scores", "id", "latency_seconds", "code",
    "variant", "stages", "tags", "trace_id", "raw", "action", "intermediate",
)  # fmt: skip
OUTCOME = ("time", "id", "outcome")
EVENT = ("time", "kind", "title", "text", "tags")

Moment = object
"""Unix seconds, RFC 3339 text, or a datetime (in local time where it names no zone)."""


class Monitor:
    """Hands samples to the exporter without making the caller wait.

    No method blocks (but flush and close, as long as they are asked to) or
    raises, whatever the values: mappings are copied, the time is taken, and a
    background thread reads the values, encodes and sends. What cannot be sent
    is dropped and counted, see `statistics`.

    A forked process starts with an empty queue and accounts of its own. What
    is queued when a process ends is sent then; one that ends by os._exit (a
    child of multiprocessing does) has to call close() itself.

    Parameters
    ----------
    url
        Where the exporter listens. Empty: the environment variable
        INFERENCE_EXPORTER_URL, else http://127.0.0.1:10800. None or "off":
        everything is counted as dropped ("disabled"). So it is where the URL
        cannot be used, with a warning: a wrong environment should not keep a
        model from serving.
    model, version, variant
        What the samples are of; `variant` is champion, challenger or shadow.
    options
        Bounds and timings.
    """

    def __init__(
        self,
        url: str | None = "",
        model: object = None,
        version: object = None,
        variant: str | None = None,
        options: Options | None = None,
    ) -> None:
        self.complain = Complaints()
        self._options = options or Options()
        self._url = (os.environ.get(URL_VARIABLE) or DEFAULT_URL) if url == "" else url
        self._encode = LineEncoder(model, version)
        self._variant = variant
        self._refusal = "queue_full"
        self._set_up()
        atexit.register(self.close)
        if hasattr(os, "register_at_fork"):
            set_up = weakref.WeakMethod(self._set_up)
            os.register_at_fork(after_in_child=lambda: (method := set_up()) and method())

    def _set_up(self) -> None:
        """Start with empty queues and no thread: at first, and in each forked process, as its parent sends its own."""
        options = self._options
        transport = self._transport()
        room = options.queue_samples if self._refusal == "queue_full" else 0
        self._samples = Outbox("samples", SAMPLE, room, self._refusal)
        self._outcomes = Outbox("outcomes", OUTCOME, room, self._refusal)
        self._events = Outbox("events", EVENT, room, self._refusal)
        outboxes = (self._samples, self._outcomes, self._events)
        self._sender = Sender(outboxes, transport, self._encode, options, self.complain) if transport else None

    def _transport(self) -> Transport | None:
        try:
            if self._url is not None and self._url.lower() != "off":
                return Transport(self._url, self._options.ssl_context)
        except (ValueError, AttributeError) as error:  # AttributeError: no text at all
            self.complain(f"nothing will be sent: {error}")
        self._refusal = "disabled"
        return None

    def observe(
        self,
        features: Mapping[str, object] | None = None,
        prediction: object = None,
        *,
        scores: Mapping[str, object] | None = None,
        id: object = None,
        time: Moment = None,
        latency_seconds: float | None = None,
        code: int | None = None,
        variant: str | None = None,
        stages: Mapping[str, float] | None = None,
        tags: Mapping[str, object] | None = None,
        trace_id: str | None = None,
        raw: Mapping[str, object] | None = None,
        action: object = None,
        intermediate: Mapping[str, object] | None = None,
    ) -> None:
        """Hand over one sample: features, a prediction, or the code of a request that came to neither."""
        outbox = self._samples
        outbox.tick()
        waiting = len(outbox.entries)
        if waiting >= outbox.room:
            outbox.drop(outbox.refusal)
            return
        try:
            outbox.entries.append((
                now() if time is None else time,
                None if features is None else dict(features),
                prediction,
                None if scores is None else dict(scores),
                id,
                latency_seconds,
                code,
                self._variant if variant is None else variant,
                None if stages is None else dict(stages),
                None if tags is None else dict(tags),
                trace_id,
                None if raw is None else dict(raw),
                action,
                None if intermediate is None else dict(intermediate),
            ))  # fmt: skip
        except Exception as error:  # a mapping runs code of its own and may raise anything
            self._drop(outbox, error)
            return
        if waiting >= outbox.ring_from:
            self._ring(outbox)

    def observe_many(
        self,
        features: object = None,
        predictions: object = None,
        *,
        scores: object = None,
        ids: object = None,
        time: Moment = None,
        latency_seconds: float | None = None,
        code: int | None = None,
        variant: str | None = None,
        stages: Mapping[str, float] | None = None,
        tags: Mapping[str, object] | None = None,
        trace_id: str | None = None,
    ) -> None:
        """Hand over the samples of one request.

        `features` and `scores` are rows (``[{"age": 31}, {"age": 40}]``),
        columns (``{"age": [31, 40]}``) or a data frame; `predictions` and
        `ids` one value a sample. Latency and stages are those of the request
        and go with its first sample, so that they count once.
        """
        try:
            samples = from_columns(features=features, prediction=predictions, scores=scores, id=ids)
        except Exception as error:  # the values run code of their own and may raise anything
            size = error.size if isinstance(error, LengthMismatch) else 1
            for _ in range(size):
                self._samples.tick()
            self._drop(self._samples, error, size)
            return
        observe_each(
            self,
            samples,
            latency_seconds=latency_seconds,
            stages=stages,
            time=now() if time is None else time,
            code=code,
            variant=variant,
            tags=tags,
            trace_id=trace_id,
        )

    def outcome(self, id: object, outcome: object, time: Moment = None) -> None:
        """Hand over the ground truth of one sample, before or after it."""
        self._put(self._outcomes, (now() if time is None else time, id, outcome))

    def event(
        self, kind: str, title: str, text: str = "", *, time: Moment = None, tags: Mapping[str, object] | None = None
    ) -> None:
        """Hand over what a person wants to see on the time axis: a deployment, a new source of data."""
        self._put(self._events, (now() if time is None else time, kind, title, text, tags))

    def _put(self, outbox: Outbox, entry: Entry) -> None:
        outbox.tick()
        waiting = len(outbox.entries)
        if waiting >= outbox.room:
            outbox.drop(outbox.refusal)
            return
        try:
            outbox.entries.append(tuple(dict(value) if isinstance(value, Mapping) else value for value in entry))
        except Exception as error:  # as in observe
            self._drop(outbox, error)
            return
        if waiting >= outbox.ring_from:
            self._ring(outbox)

    def _drop(self, outbox: Outbox, error: Exception, messages: int = 1) -> None:
        outbox.drop("length_mismatch" if isinstance(error, LengthMismatch) else "unreadable", messages)
        self.complain(f"dropped {messages} {outbox.kind} that cannot be read: {describe(error)}")

    def _ring(self, outbox: Outbox) -> None:
        outbox.ring_from = NEVER  # one ring is enough until the sender listens again
        if self._sender is not None:
            self._sender.wake()

    @overload
    def watch(self, function: Function) -> Function: ...
    @overload
    def watch(
        self, *, features: ReadFeatures | None = None, result: ReadResult | None = None
    ) -> Callable[[Function], Function]: ...
    def watch(
        self,
        function: Function | None = None,
        *,
        features: ReadFeatures | None = None,
        result: ReadResult | None = None,
    ) -> Function | Callable[[Function], Function]:
        """Decorate a predict function: its calls are handed over with latency, and code 200, or 500 where it raises.

        Features come from its first argument that is a mapping, a sequence of
        mappings or a data frame, else from its keyword arguments; predictions
        from what it returns. ``features=`` (called with the same arguments)
        and ``result=`` (called with what was returned) replace either.
        """
        if function is None:
            return lambda function: watched(self, function, features, result)
        return watched(self, function, features, result)

    def statistics(self) -> Statistics:
        """Return what became of everything that was handed over."""
        return Statistics(
            **asdict(self._samples.flow()),
            outcomes=self._outcomes.flow(),
            events=self._events.flow(),
            retries=self._sender.retries if self._sender else 0,
            last_error=self.complain.last,
        )

    def flush(self, timeout: float = 5.0) -> bool:
        """Wait until all that was handed over before is acknowledged, rejected or dropped; return whether it is."""
        if self._sender is None or self._refusal == "closed":
            return True
        until = monotonic() + timeout
        marks = [outbox.mark() for outbox in (self._samples, self._outcomes, self._events)]
        self._sender.wake()
        return all(mark.wait(max(until - monotonic(), 0.0)) for mark in marks)

    def close(self, timeout: float | None = None) -> None:
        """Send what is queued, for at most `timeout` seconds; what is left, and all that comes later, is dropped."""
        atexit.unregister(self.close)
        if self._sender is None:
            return
        self._refusal = "closed"
        for outbox in (self._samples, self._outcomes, self._events):
            outbox.shut("closed")
        self._sender.close(self._options.close_seconds if timeout is None else timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
