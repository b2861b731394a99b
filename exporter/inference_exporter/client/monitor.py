"""Monitor: the interface for model servers."""

import os
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from time import monotonic
from time import time as now
from typing import Self, TypeVar, cast, overload

from .at_exit import ExitHook
from .compiled import Caller, is_compiled
from .encoding import LineEncoder, label
from .options import Options
from .outbox import NEVER, Entry, Outbox
from .rows import copied, copied_row
from .samples import LengthMismatch, UnreadableColumns, from_columns, observe_each
from .sender import Sender
from .spool import Spool
from .spooling import SpoolingSender
from .statistics import Statistics
from .throttled_warnings import ThrottledWarnings, describe
from .transport import Transport
from .watch import Function, ReadFeatures, ReadResult, watched
from .wrap import METHODS, wrapped

Model = TypeVar("Model")
URL_VARIABLE = "INFERENCE_EXPORTER_URL"
DEFAULT_URL = "http://127.0.0.1:10800"

SAMPLE = (
    "time", "features", "prediction", "scores", "id", "latency_seconds", "code",
    "variant", "stages", "tags", "trace_id", "raw", "action", "intermediate",
    "attributions",
)  # fmt: skip
OUTCOME = ("time", "id", "outcome")
EVENT = ("time", "kind", "title", "text", "tags")

# Share of the queue's bytes: outcomes and events are few and small compared with samples.
SHARE_OF_OTHERS = 8

Moment = object
"""Unix seconds, RFC 3339 text, or a datetime (local time if it has no zone)."""


class Monitor(Caller):
    """Sends samples to the exporter without blocking the caller.

    Methods never raise, whatever the values, and never block (except for flush
    and close, up to their timeout): they copy mappings and take the time, and a
    background thread reads the values, encodes and sends. An unreadable value
    does not affect the rest of its sample; messages that cannot be sent are
    dropped and counted, see `statistics`.

    A forked process starts with an empty queue and new statistics. So does a
    copy: pickled or deep-copied, it is a new monitor with the same settings.
    Queued messages are sent when the process ends, also when multiprocessing
    ends a child or a pool its workers. A process that ends by os._exit, or by
    SIGTERM without a handler, must call close() before.

    Parameters
    ----------
    url
        Address of the exporter. Empty: the environment variable
        INFERENCE_EXPORTER_URL, else http://127.0.0.1:10800; unix:///path
        for a Unix socket. None or "off":
        everything is counted as dropped ("disabled"); also, with a warning,
        if the URL is invalid, because a wrong environment must not keep a model
        from serving.
    model, version, variant
        The model of the samples; `variant` is champion, challenger or shadow.
    options
        Limits and timeouts.
    """

    def __init__(
        self,
        url: str | None = "",
        model: object = None,
        version: object = None,
        variant: str | None = None,
        options: Options | None = None,
    ) -> None:
        self.warn = ThrottledWarnings()
        self._arguments = (url, model, version, variant, options)
        self._options = options or Options()
        self._url = (os.environ.get(URL_VARIABLE) or DEFAULT_URL) if url == "" else url
        self._variant = variant
        self._refusal = "queue_full"
        self._sender: Sender | None = None
        self._set_up()
        if hasattr(os, "register_at_fork"):
            set_up = weakref.WeakMethod(self._set_up)
            os.register_at_fork(after_in_child=lambda: (method := set_up()) and method())

    def _set_up(self) -> None:
        """Start with empty queues and no thread, also in a forked process: the parent sends its own queue."""
        transport = self._transport()
        _, model, version, _, _ = self._arguments
        self._encode = LineEncoder(model, version)
        self._samples = self._outbox("samples", SAMPLE, self._options.queue_bytes)
        self._outcomes = self._outbox("outcomes", OUTCOME, self._options.queue_bytes // SHARE_OF_OTHERS)
        self._events = self._outbox("events", EVENT, self._options.queue_bytes // SHARE_OF_OTHERS)
        self._exit_hook = ExitHook(self.close)
        if self._sender is not None:
            self._sender.forget()
            self._sender = None
        if transport is not None:
            outboxes = (self._samples, self._outcomes, self._events)
            self._sender = self._new_sender(outboxes, transport)
        if self._samples.gate is not None:
            self._gate = self._samples.gate

    def _new_sender(self, outboxes: tuple[Outbox, ...], transport: Transport) -> Sender:
        options = self._options
        if options.spool_path is None:
            return Sender(outboxes, transport, self._encode, options, self.warn)
        spool = Spool(Path(options.spool_path), options.spool_bytes)
        return SpoolingSender(outboxes, transport, self._encode, options, self.warn, spool)

    def _outbox(self, kind: str, fields: tuple[str, ...], most_bytes: int) -> Outbox:
        options = self._options
        room = options.queue_samples if self._refusal == "queue_full" else 0
        return Outbox(kind, fields, room, self._refusal, most_bytes)

    def __reduce__(self) -> tuple[object, ...]:
        """Copy as a new monitor, which reads the environment of its process."""
        url, model, version, variant, options = self._arguments
        portable = options and options.portable()
        return type(self), (
            url,
            *(None if part is None else label(part) for part in (model, version)),
            variant,
            portable,
        )

    def __copy__(self) -> Self:
        return type(self)(*self._arguments)

    def __deepcopy__(self, memo: object) -> Self:
        return type(self)(*self._arguments)

    def _transport(self) -> Transport | None:
        try:
            if self._url is not None and self._url.lower() != "off":
                return Transport(self._url, self._options.ssl_context)
        except (ValueError, AttributeError) as error:  # AttributeError: not a string
            self.warn(f"sending is disabled: {error}")
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
        attributions: Mapping[str, object] | None = None,
    ) -> None:
        """Report one sample: features, a prediction, or the status code of a request that failed before."""
        outbox = self._samples
        outbox.tick()
        entries = outbox.entries
        waiting = len(entries)
        is_special = waiting >= outbox.attention
        if is_special and waiting >= outbox.room:
            outbox.drop(outbox.refusal)
            return
        try:
            entry = (
                now() if time is None else time,
                features.copy() if type(features) is dict else copied_row(features),
                prediction,
                None if scores is None else copied(scores),
                id,
                latency_seconds,
                code,
                self._variant if variant is None else variant,
                None if stages is None else copied(stages),
                None if tags is None else copied(tags),
                trace_id,
                None if raw is None else copied_row(raw),
                action,
                None if intermediate is None else copied(intermediate),
                None if attributions is None else copied_row(attributions),
            )
            if not is_special:
                entries.append(entry)
                return
            is_worth_waking = outbox.put_carefully(entry, waiting)
        except BaseException as error:  # out of memory; Ctrl-C is re-raised for the caller
            self._drop(outbox, error)
            if not isinstance(error, Exception):
                raise
            return
        if is_worth_waking:
            self._ring(outbox)

    if is_compiled():
        _observe_carefully = observe
        del observe

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
        attributions: object = None,
    ) -> None:
        """Report the samples of one request.

        `features`, `scores` and `attributions` are rows (``[{"age": 31}, {"age": 40}]``),
        columns (``{"age": [31, 40]}``) or a data frame; `predictions` and
        `ids` have one value per sample. Latency and stages belong to the
        request and go with its first sample, so that they count once.
        """
        try:
            samples = from_columns(
                features=features, prediction=predictions, scores=scores, id=ids, attributions=attributions
            )
        except (LengthMismatch, UnreadableColumns) as error:
            for _ in range(error.size):
                self._samples.tick()
            self._drop(self._samples, error, error.size)
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
        """Report the ground truth of a sample, before or after the sample."""
        self._put(self._outcomes, (now() if time is None else time, id, outcome))

    def event(
        self, kind: str, title: str, text: str = "", *, time: Moment = None, tags: Mapping[str, object] | None = None
    ) -> None:
        """Report an event for the time axis, such as a deployment or a new source of data."""
        self._put(self._events, (now() if time is None else time, kind, title, text, tags))

    def _put(self, outbox: Outbox, entry: Entry) -> None:
        outbox.tick()
        try:
            is_worth_waking = outbox.put(tuple([copied(value) for value in entry]))
        except BaseException as error:  # as in observe
            self._drop(outbox, error)
            if not isinstance(error, Exception):
                raise
            return
        if is_worth_waking:
            self._ring(outbox)

    def _drop(self, outbox: Outbox, error: BaseException, messages: int = 1) -> None:
        outbox.drop("length_mismatch" if isinstance(error, LengthMismatch) else "unreadable", messages)
        self.warn(f"dropped {messages} {outbox.kind} that is unreadable: {describe(error)}")

    def _ring(self, outbox: Outbox) -> None:
        outbox.listen(NEVER)  # one wake-up is enough until the sender listens again
        if self._sender is not None:
            self._exit_hook.arm()
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
        """Decorate a predict function: report its calls with latency and code 200, or 500 if it raises.

        Features come from the first argument that is a mapping, a sequence of
        mappings or a data frame, else from the keyword arguments; predictions
        from the return value. ``features=`` (called with the same arguments)
        and ``result=`` (called with the return value) override these.
        """
        if function is None:
            return lambda function: watched(self, function, features, result)
        return watched(self, function, features, result)

    def wrap(self, model: Model, *, features: Sequence[str] = (), methods: Sequence[str] = METHODS) -> Model:
        """Return a model whose predictions are reported, with latency and code 200, or 500 if it raises.

        The model is an estimator of scikit-learn or XGBoost, a PyTorch module,
        an MLflow pyfunc model, or a function; what it returns and raises stays
        the same. `features` names the columns of arrays, by default as the
        model was fitted. `methods` are those that predict.
        """
        return cast(Model, wrapped(self, model, features, methods))

    def statistics(self) -> Statistics:
        """Return how many messages were accepted, rejected, dropped or are pending."""
        return Statistics(
            **asdict(self._samples.flow()),
            outcomes=self._outcomes.flow(),
            events=self._events.flow(),
            invalid_values=dict(self._encode.invalid),
            spooled=self._sender.spooled if self._sender else 0,
            retries=self._sender.retries if self._sender else 0,
            last_error=self.warn.last,
        )

    def flush(self, timeout: float = 5.0) -> bool:
        """Wait until all messages so far are acknowledged, rejected or dropped; return whether they are."""
        if self._sender is None or self._refusal == "closed":
            return True
        until = monotonic() + timeout
        marks = [outbox.mark() for outbox in (self._samples, self._outcomes, self._events)]
        self._sender.wake()
        return all(mark.wait(max(until - monotonic(), 0.0)) for mark in marks)

    def close(self, timeout: float | None = None) -> bool:
        """Send queued messages for at most `timeout` seconds; drop the rest, and all later ones.

        Returns whether all messages were answered: nothing is in flight, and
        nothing was dropped as "closed". The statistics are then final, except
        for a request in progress.
        """
        self._exit_hook.disarm()
        if self._sender is None:
            return True
        self._refusal = "closed"
        outboxes = (self._samples, self._outcomes, self._events)
        for outbox in outboxes:
            outbox.shut("closed")
        self._sender.close(self._options.close_seconds if timeout is None else timeout)
        flows = [outbox.flow() for outbox in outboxes]
        return not any(flow.in_flight or flow.dropped.get("closed") for flow in flows)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
