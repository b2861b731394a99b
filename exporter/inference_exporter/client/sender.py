"""Sender: the one thread that encodes, sends and sends again."""

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
from .throttled_warnings import Complaints, describe
from .transport import Answer, Transport

# A batch that an exporter which answers cannot digest must not hold up the others for ever.
# 503 is not such an answer: it says "not now".
TRIES_AGAINST_SERVER_ERRORS = 10
LONGEST_QUOTE = 300


class Sender:
    """Empties outboxes over one transport, in a daemon thread that is started by the first message."""

    def __init__(
        self,
        outboxes: tuple[Outbox, ...],
        transport: Transport,
        encode: LineEncoder,
        options: Options,
        complain: Complaints,
    ) -> None:
        self.retries = 0
        self._outboxes, self._transport, self._encode = outboxes, transport, encode
        self._options, self._complain = options, complain
        # SimpleQueue.put may interrupt itself (signal handlers, finalisers); an Event's set may not.
        self._bell: SimpleQueue[None] = SimpleQueue()
        self._thread: Thread | None = None
        self._starting = Lock()
        self._give_up_at = inf

    def wake(self) -> None:
        """Make the thread look at the outboxes; start it if there is none. Never waits."""
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
        except RuntimeError as error:  # no more threads, or the interpreter is ending
            self._complain(f"cannot start the sender: {error}")
            self._listen_from(0)

    def close(self, timeout: float) -> None:
        """Send what is queued within the timeout, then end the thread; what is left is dropped."""
        # The thread ends a little earlier than the wait for it, so that its accounts are closed by then.
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
        finally:
            self._listen_from(0)
            self._transport.close()

    def _is_done(self) -> bool:
        is_closing = self._give_up_at < inf
        return is_closing and (not any(outbox.entries for outbox in self._outboxes) or monotonic() >= self._give_up_at)

    def _await_messages(self) -> None:
        """Sleep until there is a message, and then until there is a full batch or the first has waited long enough."""
        self._sleep(1, inf)
        self._sleep(self._options.batch_samples, self._options.batch_seconds)
        for outbox in self._outboxes:
            outbox.listen(NEVER)

    def _sleep(self, messages: int, seconds: float) -> None:
        until = monotonic() + seconds
        # First say what to be woken for, then look: what comes between the two rings the bell.
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
        # A queue with room for less than a batch should not be full before the sender wakes.
        return min(messages, (outbox.room + 1) // 2 or 1)

    def _listen_from(self, messages: int) -> None:
        for outbox in self._outboxes:
            outbox.listen(self._reachable(outbox, messages + 1) - 1, self._options.batch_bytes)

    def _waiters(self) -> int:
        """Return how many callers wait in flush() or close()."""
        return sum(outbox.marks for outbox in self._outboxes) + (self._give_up_at < inf)

    def _send(self, batch: Batch) -> None:
        if batch.fault:
            self._complain(batch.fault)
        try:
            if batch.lines:
                self._deliver(batch)
        except Exception as error:  # whatever it is, the thread lives on and the batch is accounted for
            self._transport.close()
            batch.outbox.give_up("failed", len(batch.lines))
            self._complain(f"cannot send {len(batch.lines)} {batch.outbox.kind}: {describe(error)}")
        finally:
            for marker in batch.markers:
                marker.set()

    def _deliver(self, batch: Batch) -> None:
        """Send a batch until it is answered, given up or out of time, and settle its accounts."""
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
            self._complain(self._failure(answer))
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
            self._complain(f"{messages - accepted} of {messages} {kind} rejected (status {answer.status}): {quote}")

    def _failure(self, answer: Answer) -> str:
        cause = _quote(answer) if answer.status == 0 else f"status {answer.status}: {_quote(answer)}"
        flows = [outbox.flow() for outbox in self._outboxes]
        waiting = sum(flow.queued + flow.in_flight for flow in flows)
        dropped = sum(sum(flow.dropped.values()) for flow in flows)
        return f"the exporter cannot be reached ({cause}); {waiting} messages wait, {dropped} were dropped"

    def _pause(self, attempt: int, retry_after_seconds: float | None) -> None:
        """Sleep before the next attempt. Somebody who waits for it cuts it short, unless the exporter said how long."""
        options = self._options
        seconds = min(options.retry_seconds * 2 ** min(attempt, 30), options.retry_max_seconds)
        # Clients that lost the exporter at one moment should not all come back at one moment.
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
