"""Hands copies to the sidecar in a thread of its own; what does not fit into memory is dropped and counted."""

import logging
import threading
import uuid
from collections import deque

from ..client.transport import Answer, Transport
from ..intake.proxy_totals import ProxyTotals
from .exchange import Exchange
from .faults import Faults
from .records import Unreadable, record_of

log = logging.getLogger(__name__)

BATCH_BYTES = 512 * 1024
RECORD_BYTES = 1024**2  # of a line; a larger record is sent alone
POST_SECONDS = 30.0
RETRY_SECONDS = 1.0
GATHER_SECONDS = 0.1
# Memory of an exchange beyond its bodies, roughly.
OVERHEAD_BYTES = 4096
NDJSON, JSON = "application/x-ndjson", "application/json"


class Copies:
    """Exchanges on their way to the sidecar. Added by the proxy's loop, sent by a thread.

    Parameters
    ----------
    url : str
        The sidecar.
    model : str
        The model that they belong to; empty if they say so themselves.
    bytes_at_most : int
        What all bodies that are being copied, or wait, may take.
    totals : ProxyTotals
        Where to count.
    """

    def __init__(self, url: str, model: str, bytes_at_most: int, totals: ProxyTotals) -> None:
        self._transport = Transport(url)
        self._model, self._bytes_at_most, self._totals = model, bytes_at_most, totals
        self._waiting: deque[Exchange] = deque()
        self._faults = Faults(totals)
        self._changed = threading.Condition()
        self._held = 0
        self._over = threading.Event()

    def reserve(self, size: int) -> bool:
        """Take room for a piece of a body, if there is any."""
        with self._changed:
            if self._held + size > self._bytes_at_most:
                return False
            self._held += size
            self._totals.copied_bytes = self._held
            return True

    def release(self, size: int) -> None:
        """Give room back."""
        with self._changed:
            self._held -= size
            self._totals.copied_bytes = self._held

    def add(self, exchange: Exchange) -> None:
        """Queue an exchange, whose bodies have room already."""
        if not self.reserve(OVERHEAD_BYTES):
            self._totals.dropped["busy"] += 1
            self.release(_size_of(exchange) - OVERHEAD_BYTES)
            return
        with self._changed:
            self._waiting.append(exchange)
            self._changed.notify()

    def run(self) -> None:
        """Send until told to stop."""
        while (batch := self._next()) is not None:
            # A bug costs this batch; the next one may be sent.
            self._faults.contained("copying", self._send, batch)
            self.release(sum(map(_size_of, batch)))

    def stop(self) -> None:
        """Send what waits, once, and end."""
        self._over.set()
        with self._changed:
            self._changed.notify()

    def _next(self) -> list[Exchange] | None:
        with self._changed:
            while not self._waiting:
                if self._over.is_set():
                    return None
                self._changed.wait()
        self._over.wait(GATHER_SECONDS)  # few large posts take less of the interpreter than many small ones
        with self._changed:
            batch = [self._waiting.popleft()]
            size = _size_of(batch[0])
            while self._waiting and (size := size + _size_of(self._waiting[0])) <= BATCH_BYTES:
                batch.append(self._waiting.popleft())
            return batch

    def _send(self, batch: list[Exchange]) -> None:
        lines = list(self._lines(batch))
        small = [line for line in lines if len(line) <= RECORD_BYTES]
        if small:
            self._post(b"\n".join(small), NDJSON, len(small))
        for line in lines:
            if len(line) > RECORD_BYTES:
                self._post(line, JSON, 1)

    def _lines(self, batch: list[Exchange]) -> "list[bytes]":
        lines = []
        for exchange in batch:
            try:
                lines.append(record_of(exchange, self._model))
            except Unreadable as error:
                self._totals.dropped["not_json"] += 1
                log.debug("%s %s not copied: %s", exchange.method, exchange.target, error)
        return lines

    def _post(self, body: bytes, content_type: str, number: int) -> None:
        """Send a body; while the sidecar is busy or away, wait: the queue is bounded."""
        headers = {"Content-Type": content_type, "Idempotency-Key": uuid.uuid4().hex}
        answer = self._transport.post("/", body, headers, POST_SECONDS)
        while not answer.is_final and not self._over.is_set():
            self._over.wait(_pause(answer))
            answer = self._transport.post("/", body, headers, POST_SECONDS)
        if answer.status in (200, 400):  # 400: read, and every record rejected, which the intake counts
            self._totals.copies += number
        else:
            self._totals.dropped["refused"] += number
            log.warning("%d copies refused: %d %s", number, answer.status, answer.body[:200].decode(errors="replace"))


def _pause(answer: Answer) -> float:
    return answer.retry_after_seconds if answer.retry_after_seconds is not None else RETRY_SECONDS


def _size_of(exchange: Exchange) -> int:
    return exchange.requested.size + exchange.answered.size + OVERHEAD_BYTES
