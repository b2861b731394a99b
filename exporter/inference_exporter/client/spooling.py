"""SpoolingSender: a sender that writes to disk what the exporter cannot take, and sends it first when it can."""

import random
from math import inf
from time import monotonic

from .batch import Batch, accepted_of, next_batch
from .encoding import LineEncoder
from .options import Options
from .outbox import Outbox
from .sender import TRIES_AGAINST_SERVER_ERRORS, Sender
from .spool import Spool, Spooled
from .throttled_warnings import ThrottledWarnings, describe
from .transport import Answer, Transport

OF_BATCHES = ("Content-Type", "Content-Encoding", "Idempotency-Key")
"""Headers that are written; others, which may be secrets, are those of the process that sends."""


class SpoolingSender(Sender):
    """Sends in order: while anything is on disk, new batches go there too."""

    def __init__(
        self,
        outboxes: tuple[Outbox, ...],
        transport: Transport,
        encode: LineEncoder,
        options: Options,
        warn: ThrottledWarnings,
        spool: Spool,
    ) -> None:
        super().__init__(outboxes, transport, encode, options, warn)
        self._spool = spool
        self._attempts = 0
        self._next_at = 0.0

    @property
    def spooled(self) -> int:
        """Messages on disk, those of earlier processes included."""
        return self._spool.messages

    def _run(self) -> None:
        try:
            self._adopt()
            super()._run()
            for outbox in self._outboxes:
                self._put_aside(outbox)
        finally:
            self._spool.close()

    def _adopt(self) -> None:
        try:
            self._spool.adopt()
        except OSError as error:
            self._warn(f"cannot read what earlier processes spooled: {describe(error)}")

    def _put_aside(self, outbox: Outbox) -> None:
        """Write what is queued when time is up."""
        while outbox.entries:
            batch = next_batch(outbox, self._encode, self._options)
            if batch.lines and not self._spooled(batch):
                outbox.give_up("closed", len(batch.lines))
            for marker in batch.markers:
                marker.set()

    def forget(self) -> None:
        """Leave the files to the parent, in a forked process."""
        self._spool.forget()

    def _patience(self) -> float:
        return max(self._next_at - monotonic(), 0.0) if self._spool.waiting else inf

    def _after_sending(self) -> None:
        self._drain()

    def _timeout(self) -> float:
        # While closing, leave time to write the rest.
        return min(self._options.request_timeout_seconds, (self._give_up_at - monotonic()) / 2)

    def _deliver(self, batch: Batch) -> None:
        self._drain()
        if not self._spool.waiting and (timeout := self._timeout()) > 0:
            body, headers = batch.request(self._options)
            answer = self._transport.post(f"/v1/{batch.outbox.kind}", body, headers, timeout)
            if answer.is_final:
                self._settle(batch, answer)
                return
            self._failed(answer)
        while not self._spooled(batch):
            if self._give_up_at <= monotonic():
                batch.outbox.give_up("closed", len(batch.lines))
                return
            if not self._spool.waiting:  # the disk takes nothing: as without a spool
                super()._deliver(batch)
                return
            self._pause(self._attempts, None)
            self._drain()

    def _spooled(self, batch: Batch) -> bool:
        body, headers = batch.request(self._options)
        kept = {name: value for name, value in headers.items() if name in OF_BATCHES}
        try:
            return self._spool.add(batch.outbox.kind, len(batch.lines), kept, body)
        except OSError as error:
            self._warn(f"cannot spool: {describe(error)}")
            return False

    def _drain(self) -> None:
        """Send what is on disk, oldest first, until the exporter cannot take more."""
        while self._spool.waiting and monotonic() >= self._next_at and (timeout := self._timeout()) > 0:
            oldest = self._spool.waiting[0]
            try:
                headers, body = self._spool.content(oldest)
            except (OSError, ValueError, KeyError, TypeError) as error:
                self._warn(f"lost {oldest.messages} spooled {oldest.kind}: {describe(error)}")
                self._give_up(oldest, "failed")
                continue
            answer = self._transport.post(f"/v1/{oldest.kind}", body, {**self._options.headers, **headers}, timeout)
            if answer.is_final:
                self._settle_spooled(oldest, answer)
            else:
                self._failed(answer)
                oldest.server_errors += answer.status >= 500 and answer.status != 503
                if oldest.server_errors >= TRIES_AGAINST_SERVER_ERRORS:
                    self._give_up(oldest, "server_error")

    def _settle_spooled(self, spooled: Spooled, answer: Answer) -> None:
        self._attempts = 0
        accepted = accepted_of(answer, spooled.messages)
        self._spool.remove(spooled)
        if spooled.is_ours:
            self._outbox_of(spooled).settle(accepted, spooled.messages - accepted)
        if accepted < spooled.messages:
            self._warn(f"{spooled.messages - accepted} of {spooled.messages} spooled {spooled.kind} rejected")

    def _give_up(self, spooled: Spooled, reason: str) -> None:
        self._spool.remove(spooled)
        if spooled.is_ours:
            self._outbox_of(spooled).give_up(reason, spooled.messages)

    def _outbox_of(self, spooled: Spooled) -> Outbox:
        return next(outbox for outbox in self._outboxes if outbox.kind == spooled.kind)

    def _failed(self, answer: Answer) -> None:
        """Note when to try again: after pauses that double, or when the exporter said."""
        options = self._options
        for outbox in self._outboxes:
            outbox.weigh_waiting()
        self._warn(self._failure(answer))
        self.retries += 1
        seconds = min(options.retry_seconds * 2 ** min(self._attempts, 30), options.retry_max_seconds)
        self._attempts += 1
        jitter = random.uniform(0.5, 1.0)  # noqa: S311 (no secret)
        self._next_at = monotonic() + seconds * jitter + (answer.retry_after_seconds or 0.0)
