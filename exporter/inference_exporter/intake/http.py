"""Intake over HTTP: a bare WSGI application, because a web framework would cost more than the samples."""

import hashlib
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from ..decode import FORMATS
from ..decode._base import WireFormat
from ..errors import DecodeError
from ..model.fleet import Fleet
from ..samples.batch import Batch
from ..samples.events import EventLog, events_of
from ..samples.native import outcomes_of, samples_of
from ..samples.records import Columns, Rows
from ..samples.rejections import SHOWN_AT_MOST, Rejected, Rejections
from .accounting import Accounting
from .batching import together
from .body import chunks_of, require_size
from .idempotency import IdempotencyKeys, KeyInProgress
from .token import Token

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

log = logging.getLogger(__name__)

Clock = Callable[[], float]
Block = Rows | Columns

INTERNAL_ERROR = "internal_error"
STATUS_TEXT = {
    200: "200 OK", 400: "400 Bad Request", 401: "401 Unauthorized", 405: "405 Method Not Allowed",
    413: "413 Content Too Large", 415: "415 Unsupported Media Type", 500: "500 Internal Server Error",
    503: "503 Service Unavailable",
}  # fmt: skip
# Defaults of HTTP clients, which say nothing about the body: it is treated as JSON, NDJSON included.
UNDECLARED = ("", "text/plain", "application/x-www-form-urlencoded", "application/octet-stream")


@dataclass
class Tally:
    """Accepted and rejected records of one request."""

    accepted: int = 0
    rejected: int = 0
    errors: list[Rejected] = field(default_factory=list)
    status: int = 200

    def reject(self, rejected: Rejections) -> None:
        """Count rejected records and keep the first ones for the answer."""
        self.rejected += len(rejected)
        self.errors += rejected.first(SHOWN_AT_MOST - len(self.errors))

    def answer(self) -> tuple[int, bytes]:
        """Return status and body: 200 if any record was accepted or none was sent."""
        status = self.status
        if status == 200 and self.rejected and not self.accepted:
            status = 400
        errors = [{"index": item.index, "reason": item.message} for item in self.errors]
        return status, orjson.dumps({"accepted": self.accepted, "rejected": self.rejected, "errors": errors})


EVENTS = "/v1/events"
Take = Callable[[WireFormat, Iterator[Block], Tally], None]


class SenderGone(Exception):
    """The sender no longer waits for the answer."""


class Intake:
    """``POST /v1/samples``, ``/v1/outcomes`` and ``/v1/events``; any other path goes to `otherwise`."""

    def __init__(
        self,
        fleet: Fleet,
        events: EventLog,
        accounting: Accounting,
        otherwise: Callable[[dict[str, Any], "StartResponse"], Iterable[bytes]],
        max_body_size: int,
        give_way: Callable[[], None] = lambda: None,
        clock: Clock = time.time,
    ) -> None:
        self._fleet = fleet
        self._events = events
        self._accounting = accounting
        self._otherwise = otherwise
        self._max_body_size = max_body_size
        self._give_way = give_way
        self._clock = clock
        self._keys = IdempotencyKeys()
        self.token = Token()
        self._takers = {"/v1/samples": self._samples, "/v1/outcomes": self._outcomes, EVENTS: self._take_events}
        self.lag_seconds = 0.0
        self.in_progress = 0

    def __call__(self, environ: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request (WSGI)."""
        take = self._takers.get(environ["PATH_INFO"])
        if take is None:
            return self._otherwise(environ, start_response)
        if environ["REQUEST_METHOD"] != "POST":
            return _respond(start_response, 405, b'{"error":"expected POST"}')
        if environ["PATH_INFO"] == EVENTS and not self.token.accepts_header(environ.get("HTTP_AUTHORIZATION", "")):
            self._accounting.refused_request("unauthorized")
            return _respond(start_response, 401, b'{"error":"events need the header Authorization: Bearer TOKEN"}')
        started = time.monotonic()
        self.in_progress += 1
        try:
            return _respond(start_response, *self._answer(take, environ))
        except SenderGone:
            return _respond(start_response, 503, b"")  # the sender has gone
        except KeyInProgress:
            self._accounting.refused_request("key_in_progress")
            return _respond(start_response, 503, b'{"error":"the first request with this key is still in progress"}')
        finally:
            self.in_progress -= 1
            self.lag_seconds = time.monotonic() - started

    def add_event(self, record: Mapping[str, object], token: str) -> tuple[int, str]:
        """Take one event that a person wrote on the page; return the status and what is wrong."""
        if not self.token.accepts(token):
            self._accounting.refused_request("unauthorized")
            return 401, "The token is wrong."
        tally = Tally()
        self._take_events(FORMATS["json"], iter([Rows((dict(record),), (0,))]), tally)
        return (400, tally.errors[0].message) if tally.rejected else (200, "")

    def _answer(self, take: Take, environ: dict[str, Any]) -> tuple[int, bytes]:
        key = environ.get("HTTP_IDEMPOTENCY_KEY", "")
        if not key:
            return self._take(take, environ, environ.get("inference_exporter.sender_has_gone", _never))
        # Finish even if the sender has gone: its retry then gets this answer, and nothing counts twice.
        scoped = f"{environ['PATH_INFO']} {_digest_of(key)}"
        answer, repeated = self._keys.once(scoped, lambda: self._take(take, environ, _never))
        if repeated:
            self._accounting.repeated_request()
        return answer

    def _take(self, take: Take, environ: dict[str, Any], sender_has_gone: Callable[[], bool]) -> tuple[int, bytes]:
        tally = Tally()
        wire_format = FORMATS["json"]
        try:
            wire_format = _format_of(environ.get("CONTENT_TYPE", ""))
            encoding = environ.get("HTTP_CONTENT_ENCODING", "").strip().lower()
            require_size(int(environ.get("CONTENT_LENGTH") or 0), self._max_body_size)
            chunks = chunks_of(environ["wsgi.input"].read, encoding, self._max_body_size)
            take(wire_format, self._heeding(wire_format.read(chunks), sender_has_gone), tally)
        except DecodeError as error:
            unreadable = Rejected(tally.accepted + tally.rejected, str(error), error.reason)
            take(wire_format, iter([Rows((), (), Rejections([unreadable]))]), tally)
            tally.status = error.status
        return tally.answer()

    def _heeding(self, blocks: Iterable[Block], sender_has_gone: Callable[[], bool]) -> Iterator[Block]:
        """Yield blocks; before each, let scrapes go first, and stop if the sender has gone."""
        for block in blocks:
            self._give_way()
            if sender_has_gone():
                raise SenderGone
            yield block

    def _samples(self, wire_format: WireFormat, blocks: Iterator[Block], tally: Tally) -> None:
        for decoded in together(samples_of(blocks)):
            accepted, dropped, rejected = 0, 0, decoded.rejected
            for batch in decoded.batches:
                refused = self._added(batch)
                if refused is None:
                    accepted += batch.size
                elif refused == INTERNAL_ERROR:
                    dropped += batch.size
                else:
                    rejected.add_all([0] * batch.size, f"{batch.size} samples of {batch.key.model}: {refused}", refused)
            self._accounting.samples(wire_format.key, accepted, rejected, dropped)
            tally.accepted += accepted
            tally.reject(rejected)
            if dropped:
                tally.status = 500
                lost = Rejections()
                lost.add_all([0] * dropped, "lost to a bug of the exporter", INTERNAL_ERROR)
                tally.reject(lost)

    def _added(self, batch: Batch) -> str | None:
        try:
            return self._fleet.add(batch, self._clock())
        except Exception:  # a bug of ours: the samples are lost, but counted as dropped, not as rejected
            log.exception("%d samples of %s dropped", batch.size, batch.key.model)
            return INTERNAL_ERROR

    def _outcomes(self, wire_format: WireFormat, blocks: Iterator[Block], tally: Tally) -> None:
        for decoded in outcomes_of(blocks):
            rejected = decoded.rejected
            accepted = 0
            for batch in decoded.batches:
                wrong = self._fleet.join(batch, self._clock())
                accepted += len(batch.ids) - len(wrong)
                rejected.merge(wrong)
            self._accounting.outcomes(accepted, rejected)
            tally.accepted += accepted
            tally.reject(rejected)

    def _take_events(self, wire_format: WireFormat, blocks: Iterator[Block], tally: Tally) -> None:
        for block in blocks:
            events, rejected = events_of(block, self._clock())
            self._events.add(events)
            self._fleet.record_events(events, self._clock())
            self._accounting.events(len(events), rejected)
            tally.accepted += len(events)
            tally.reject(rejected)


def _never() -> bool:
    return False


def _digest_of(key: str) -> str:
    return hashlib.blake2b(key.encode(), digest_size=16).hexdigest()


def _format_of(content_type: str) -> WireFormat:
    declared = content_type.partition(";")[0].strip().lower()
    if declared in UNDECLARED:
        return FORMATS["json"]
    for wire_format in FORMATS.values():
        if declared in wire_format.content_types:
            return wire_format
    known = ", ".join(name for wire_format in FORMATS.values() for name in wire_format.content_types[:1])
    raise DecodeError(f"expected content type {known}, got {declared!r}", "unreadable", 415)


def _respond(start_response: "StartResponse", status: int, body: bytes) -> list[bytes]:
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    if status == 401:
        headers.append(("WWW-Authenticate", "Bearer"))
    if status == 405:
        headers.append(("Allow", "POST"))
    if status == 503:
        headers.append(("Retry-After", "1"))
    start_response(STATUS_TEXT[status], headers)
    return [body]
