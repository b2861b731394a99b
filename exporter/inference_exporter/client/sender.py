"""Sender: the thread that encodes, sends and retries."""

import random
from contextlib import suppress
from itertools import count
from math import inf
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from time import monotonic

from .batch import Batch, accepted_of, next_batch
from .encoding import LineEncoder
from .options import Options
from .outbox import NEVER, Outbox
from .throttled_warnings import ThrottledWarnings, describe
from .transport import Answer, Transport

# A batch on which a running exporter keeps failing must not block the others forever.
# 503 does not count: it means "not now".
TRIES_AGAINST_SERVER_ERRORS = 10
LONGEST_QUOTE = 300
# After this many looks without a message, the thread sleeps until a caller wakes it.
LOOKS_WITHOUT_BEING_WOKEN = 60


class Sender:
    """Empties outboxes over one transport, in a daemon thread started by the first message."""

    def __init__(
        self,
        outboxes: tuple[Outbox, ...],
        transport: Transport,
        encode: LineEncoder,
        options: Options,
        warn: ThrottledWarnings,
    ) -> None:
        self.retries = 0
        self._outboxes, self._transport, self._encode = outboxes, transport, encode
        self._options, self._warn = options, warn
        # SimpleQueue.put is reentrant (signal handlers, finalizers); Event.set is not.
        self._bell: SimpleQueue[None] = SimpleQueue()
        self._thread: Thread | None = None
        self._starting = Lock()
        self._give_up_at = inf
        self._vain_looks = 0

    @property
    def spooled(self) -> int:
        """Messages on disk."""
        return 0

    def forget(self) -> None:
        """Leave everything to the parent, in a forked process."""

    def wake(self) -> None:
        """Wake the thread, or start it. Never blocks."""
        self._bell.put(None)
        if (self._thread is None or not self._thread.is_alive()) and self._starting.acquire(blocking=False):
            try:
                self._start()
            finally:
                self._starting.release()

    def _start(self) -> None:
        try:
            thread = Thread(target=self._run, name="inference-exporter-client", daemon=True)
            thread.start()
            self._thread = thread
        except RuntimeError as error:  # too many threads, or the interpreter is shutting down
            self._warn(f"cannot start the sender: {error}")
            self._listen_from(0)

    def close(self, timeout: float) -> None:
        """Send queued messages within the timeout, then end the thread; the rest is dropped."""
        # The thread ends slightly before the timeout, so that its counters are final by then.
        self._give_up_at = min(self._give_up_at, monotonic() + timeout - min(timeout / 5, 0.1))
        if self._thread is not None:
            self._bell.put(None)
            self._thread.join(max(timeout, 0.0))
        for outbox in self._outboxes:
            outbox.abandon("closed")

    def _run(self) -> None:
        try:
            while not self._is_done():
                self._await_messages()
                for outbox in self._outboxes:
                    self._send(next_batch(outbox, self._encode, self._options))
                self._after_sending()
        finally:
            self._listen_from(0)
            self._transport.close()

    def _is_done(self) -> bool:
        is_closing = self._give_up_at < inf
        return is_closing and (not any(outbox.entries for outbox in self._outboxes) or monotonic() >= self._give_up_at)

    def _await_messages(self) -> None:
        """Sleep until a batch is full or its messages have waited long enough; if none come, until one does.

        Callers need not wake the thread while messages come, which would cost them more than the message does.
        """
        if self._vain_looks >= LOOKS_WITHOUT_BEING_WOKEN:
            self._sleep(1, self._patience())
        self._sleep(self._options.batch_samples, self._options.batch_seconds)
        self._vain_looks = 0 if any(outbox.entries for outbox in self._outboxes) else self._vain_looks + 1
        for outbox in self._outboxes:
            outbox.listen(NEVER)

    def _patience(self) -> float:
        """Return how long to wait for messages."""
        return inf

    def _after_sending(self) -> None:
        """Do what else there is to do."""

    def _sleep(self, messages: int, seconds: float) -> None:
        until = monotonic() + seconds
        # First ask to be woken, then check: a message in between then wakes us.
        self._listen_from(messages - 1)
        while not self._waiters() and not any(self._is_worth_sending(outbox, messages) for outbox in self._outboxes):
            left = until - monotonic()
            if left <= 0:
                return
            with suppress(Empty):
                self._bell.get(timeout=left if left < inf else None)
            self._listen_from(messages - 1)

    def _is_worth_sending(self, outbox: Outbox, messages: int) -> bool:
        return (
            len(outbox.entries) >= self._reachable(outbox, messages) or outbox.heavy_bytes >= self._options.batch_bytes
        )

    @staticmethod
    def _reachable(outbox: Outbox, messages: int) -> int:
        # A queue smaller than a batch must not fill up before the sender wakes.
        return min(messages, (outbox.room + 1) // 2 or 1)

    def _listen_from(self, messages: int) -> None:
        for outbox in self._outboxes:
            outbox.listen(self._reachable(outbox, messages + 1) - 1, self._options.batch_bytes)

    def _waiters(self) -> int:
        """Return the number of callers that wait in flush() or close()."""
        return sum(outbox.marks for outbox in self._outboxes) + (self._give_up_at < inf)

    def _send(self, batch: Batch) -> None:
        if batch.fault:
            self._warn(batch.fault)
        try:
            if batch.lines:
                self._deliver(batch)
        except Exception as error:  # on any bug, the thread must continue and count the batch
            self._transport.close()
            batch.outbox.give_up("failed", len(batch.lines))
            self._warn(f"cannot send {len(batch.lines)} {batch.outbox.kind}: {describe(error)}")
        finally:
            for marker in batch.markers:
                marker.set()

    def _deliver(self, batch: Batch) -> None:
        """Send a batch until it is answered, given up or out of time, and count the result."""
        body, headers = batch.request(self._options)
        server_errors = 0
        for attempt in count():
            left = self._give_up_at - monotonic()
            if left <= 0:
                batch.outbox.give_up("closed", len(batch.lines))
                return
            self.retries += attempt > 0
            timeout = min(self._options.request_timeout_seconds, left)
            answer = self._transport.post(f"/v1/{batch.outbox.kind}", body, headers, timeout)
            if answer.is_final:
                self._settle(batch, answer)
                return
            for outbox in self._outboxes:
                outbox.weigh_waiting()
            self._warn(self._failure(answer))
            server_errors += answer.status >= 500 and answer.status != 503
            if server_errors >= TRIES_AGAINST_SERVER_ERRORS:
                batch.outbox.give_up("server_error", len(batch.lines))
                return
            self._pause(attempt, answer.retry_after_seconds)

    def _settle(self, batch: Batch, answer: Answer) -> None:
        messages = len(batch.lines)
        accepted = accepted_of(answer, messages)
        batch.outbox.settle(accepted, messages - accepted)
        if accepted < messages:
            kind, quote = batch.outbox.kind, _quote(answer)
            self._warn(f"{messages - accepted} of {messages} {kind} rejected (status {answer.status}): {quote}")

    def _failure(self, answer: Answer) -> str:
        cause = _quote(answer) if answer.status == 0 else f"status {answer.status}: {_quote(answer)}"
        flows = [outbox.flow() for outbox in self._outboxes]
        waiting = sum(flow.queued + flow.in_flight for flow in flows)
        dropped = sum(sum(flow.dropped.values()) for flow in flows)
        return f"exporter unreachable ({cause}); {waiting} messages wait, {dropped} were dropped"

    def _pause(self, attempt: int, retry_after_seconds: float | None) -> None:
        """Sleep before the next attempt; less if flush or close waits, unless the exporter sent Retry-After."""
        options = self._options
        seconds = min(options.retry_seconds * 2 ** min(attempt, 30), options.retry_max_seconds)
        # Jitter: clients that lost the exporter at the same moment must not all return at the same moment.
        seconds *= random.uniform(0.5, 1.0)  # noqa: S311 (no secret)
        until = monotonic() + seconds + (retry_after_seconds or 0.0)
        waiters = self._waiters()
        while (left := min(until, self._give_up_at) - monotonic()) > 0:
            if retry_after_seconds is None and self._waiters() > waiters:
                return
            with suppress(Empty):
                self._bell.get(timeout=left)


def _quote(answer: Answer) -> str:
    return answer.body[:LONGEST_QUOTE].decode("utf-8", "replace").strip()
