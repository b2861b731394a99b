"""Intake over HTTP: a bare WSGI application, because a web framework would cost more than the samples."""

import hashlib
import logging
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import orjson

from ..decode._base import WireFormat
from ..errors import DecodeError, StoreFault
from ..failures import Failures
from ..model.fleet import Fleet
from ..payloads._base import Attributes
from ..payloads.cloudevents import attributes_of
from ..payloads.streams import with_whole_streams
from ..samples.batch import Batch
from ..samples.events import EventLog, events_of
from ..samples.native import outcomes_of, samples_of
from ..samples.records import Columns, Rows
from ..samples.rejections import Rejected, Rejections
from ._answers import Tally, allow, respond
from .accounting import Accounting
from .batching import outcomes_together, together
from .body import chunks_of, require_size
from .idempotency import IdempotencyKeys, KeyInProgress
from .lone import lone_of
from .pairing import Pairing
from .reading import chosen, counted_as
from .tables import is_of_outcomes, logged_rows
from .token import Token
from .translation import NATIVE, UNKNOWN, Translated, Translator
from .unknown import UnknownPayloads
from .waiting import Waiting, is_small

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

log = logging.getLogger(__name__)

Part = TypeVar("Part")

# Halves of inferences that wait for each other.
# A minute: loggers send both halves within seconds, and a half that waits shows up in no window.
PAIRING_BYTES, PAIRING_SECONDS = 32 * 1024**2, 60.0

Clock = Callable[[], float]
Recorded = Callable[[dict[str, Any]], AbstractContextManager[None]]
Block = Rows | Columns

ONE_ACCEPTED = Tally(accepted=1).answer()[1]
INTERNAL_ERROR = "internal_error"

EVENTS = "/v1/events"
PAYLOADS = ("/", "/v1/traces", "/v1/logs")
"""What loggers send; OpenTelemetry's exporters add the second to their endpoint."""
COLLECTOR = re.compile(r"/([^/]{1,128})/data")
"""Where Evidently's client posts the rows of a collector."""
Take = Callable[[str, Iterator[Block], Tally], None]
"""Takes blocks of a format, by its key."""


class Taker(NamedTuple):
    """What a path takes, and whether it is payloads, of which one document may hold many samples."""

    take: Take
    of_payloads: bool = False
    is_event: bool = False
    """Whether the body as a whole is the data of one event."""

    def read(self, wire_format: WireFormat, chunks: Iterable[bytes]) -> Iterator[Block]:
        """Yield the blocks of a body."""
        if self.is_event:
            return iter([Rows([b"".join(chunks)], range(1))])
        read = wire_format.read_payloads if self.of_payloads else None
        return (read or wire_format.read)(chunks)


class SenderGone(Exception):
    """The sender no longer waits for the answer."""


class Intake:
    """``POST /``, ``/v1/samples``, ``/v1/outcomes`` and ``/v1/events``; anything else goes to `otherwise`."""

    def __init__(
        self,
        fleet: Fleet,
        events: EventLog,
        accounting: Accounting,
        otherwise: Callable[[dict[str, Any], "StartResponse"], Iterable[bytes]],
        max_body_size: int,
        give_way: Callable[[], None] = lambda: None,
        clock: Clock = time.time,
        recorded: Recorded = lambda environ: nullcontext(),
        failures: Failures | None = None,
    ) -> None:
        self._fleet = fleet
        self._events = events
        self._accounting = accounting
        self._otherwise = otherwise
        self._max_body_size = max_body_size
        self._give_way = give_way
        self._clock = clock
        self._failures = failures or Failures()
        self.recorded = recorded
        """Entered with each request before it is counted; raises StoreFault or DecodeError to refuse it."""
        self.keys = IdempotencyKeys()
        self.token = Token()
        self.pairing = Pairing(PAIRING_BYTES, PAIRING_SECONDS)
        self.unknown = UnknownPayloads()
        self.waiting: Waiting | None = None
        self._translator = Translator(self.pairing, fleet.feature_names)
        self._takers = {
            "/v1/samples": Taker(self._samples),
            "/v1/outcomes": Taker(self._outcomes),
            EVENTS: Taker(self._take_events),
        }
        self.lag_seconds = 0.0
        self.in_progress = 0

    def __call__(self, environ: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request (WSGI)."""
        taker = self._taker_of(environ)
        if taker is None:
            return self._otherwise(environ, start_response)
        # The abuse protection of CloudEvents webhooks: a sender asks before its first event.
        if environ["REQUEST_METHOD"] == "OPTIONS" and "HTTP_WEBHOOK_REQUEST_ORIGIN" in environ:
            return allow(start_response, environ["HTTP_WEBHOOK_REQUEST_ORIGIN"])
        if environ["REQUEST_METHOD"] != "POST":
            return respond(start_response, 405, b'{"error":"expected POST"}')
        if environ["PATH_INFO"] == EVENTS and not self.token.accepts_header(environ.get("HTTP_AUTHORIZATION", "")):
            self._accounting.refused_request("unauthorized")
            return respond(start_response, 401, b'{"error":"events need the header Authorization: Bearer TOKEN"}')
        started = time.monotonic()
        self.in_progress += 1
        try:
            with self.recorded(environ):
                answer = self._answer(taker, environ)
            return respond(start_response, *answer)
        except StoreFault:
            self._accounting.refused_request("not_stored")
            return respond(start_response, 503, b'{"error":"not stored: see the log of the exporter"}')
        except DecodeError as error:  # refused before anything of it was counted
            self._accounting.refused_request(error.reason)
            return respond(start_response, error.status, orjson.dumps({"error": str(error)}))
        except SenderGone:
            return respond(start_response, 503, b"")  # the sender has gone
        except KeyInProgress:
            self._accounting.refused_request("key_in_progress")
            return respond(start_response, 503, b'{"error":"the first request with this key is still in progress"}')
        finally:
            self.in_progress -= 1
            self.lag_seconds = time.monotonic() - started

    def replay(self, environ: dict[str, Any]) -> None:
        """Count a request again that was recorded earlier."""
        taker = self._taker_of(environ)
        if taker is not None:
            with suppress(KeyInProgress):
                self._answer(taker, environ)

    def reject_replayed(self, environ: dict[str, Any]) -> None:
        """Count a recorded request as rejected: the worker died of it."""
        taker = self._taker_of(environ)
        if taker is not None:
            lost = Rejected(0, "the exporter died of this body, and set it aside", "worker_died")
            format_key = counted_as(headers_of(environ)).key
            taker.take(format_key, iter([Rows((), (), Rejections([lost]))]), Tally())

    def add_event(self, record: Mapping[str, object], token: str) -> tuple[int, str]:
        """Take one event that a person wrote on the page; return the status and what is wrong."""
        if not self.token.accepts(token):
            self._accounting.refused_request("unauthorized")
            return 401, "The token is wrong."
        tally, body = Tally(), orjson.dumps(record)
        environ = {"PATH_INFO": EVENTS, "CONTENT_LENGTH": str(len(body)), "wsgi.input": BytesIO(body)}
        try:
            with self.recorded(environ):
                self._take_events("json", iter([Rows((dict(record),), (0,))]), tally)
        except StoreFault:
            self._accounting.refused_request("not_stored")
            return 503, "The event could not be stored; the log of the exporter says why."
        return (400, tally.errors[0].message) if tally.rejected else (200, "")

    def _taker_of(self, environ: dict[str, Any]) -> Taker | None:
        path, is_post = environ["PATH_INFO"], environ["REQUEST_METHOD"] == "POST"
        is_webhook = environ["REQUEST_METHOD"] == "OPTIONS" and "HTTP_WEBHOOK_REQUEST_ORIGIN" in environ
        # Any taker will do: the question is answered before a body is read.
        if is_webhook and path == "/":
            return Taker(self._samples)
        if is_post and (collector := COLLECTOR.fullmatch(path)):
            return Taker(partial(self._payloads, {"collector": collector[1]}), of_payloads=True)
        if is_post and (path in PAYLOADS or (path == "/v1/samples" and _is_event(environ))):
            attributes = attributes_of(headers_of(environ))
            return Taker(partial(self._payloads, attributes), of_payloads=True, is_event="type" in attributes)
        return self._takers.get(path)

    def _answer(self, taker: Taker, environ: dict[str, Any]) -> tuple[int, bytes]:
        key = environ.get("HTTP_IDEMPOTENCY_KEY", "")
        if not key:
            return self._take(taker, environ, environ.get("inference_exporter.sender_has_gone", _never))
        # Finish even if the sender has gone: its retry then gets this answer, and nothing counts twice.
        # A key counts for its path only; the digest bounds its length, which senders choose.
        scoped = f"{environ['PATH_INFO']} {_digest_of(key)}"
        answer, repeated = self.keys.once(scoped, lambda: self._take(taker, environ, _never))
        if repeated:
            self._accounting.repeated_request()
        return answer

    def _take(self, taker: Taker, environ: dict[str, Any], sender_has_gone: Callable[[], bool]) -> tuple[int, bytes]:
        if self._takes_lone(environ, sender_has_gone):
            return 200, ONE_ACCEPTED
        tally = Tally()
        headers = headers_of(environ)
        wire_format = counted_as(headers)  # until the body has been looked at
        try:
            encoding = environ.get("HTTP_CONTENT_ENCODING", "").strip().lower()
            require_size(int(environ.get("CONTENT_LENGTH") or 0), self._max_body_size)
            # A block of samples may take tens of milliseconds: scrapes go first at each piece of the body, too.
            chunks = self._heeding(
                chunks_of(environ["wsgi.input"].read, encoding, self._max_body_size), sender_has_gone
            )
            wire_format, chunks = chosen(chunks, headers)
            taker.take(wire_format.key, self._heeding(taker.read(wire_format, chunks), sender_has_gone), tally)
        except DecodeError as error:
            # One rejection for the rest of a body: how many records it had, nobody can know.
            unreadable = Rejected(tally.accepted + tally.rejected, str(error), error.reason)
            taker.take(wire_format.key, iter([Rows((), (), Rejections([unreadable]))]), tally)
            tally.status = error.status
            if taker.of_payloads:
                self.unknown.add(None, str(error), error.reason, self._clock())
        return tally.answer()

    def _takes_lone(self, environ: dict[str, Any], sender_has_gone: Callable[[], bool]) -> bool:
        """Take a request of one small sample that waits for others; returns whether it is one."""
        lone = lone_of(environ, self._max_body_size) if self.waiting is not None else None
        if lone is None or self.waiting is None:
            return False
        self._give_way()
        if sender_has_gone():
            raise SenderGone
        return self.waiting.take(lone.format_key, (lone.record,), self._clock())

    def _heeding(self, parts: Iterable[Part], sender_has_gone: Callable[[], bool]) -> Iterator[Part]:
        """Yield parts of a body; before each, let scrapes go first, and stop if the sender has gone."""
        for part in parts:
            self._give_way()
            if sender_has_gone():
                raise SenderGone
            yield part

    def _payloads(self, attributes: Attributes, format_key: str, blocks: Iterator[Block], tally: Tally) -> None:
        """Take records that any logger may have written."""
        # Each request looks after the halves; there is no thread for it.
        self.take_unpaired()
        for block in with_whole_streams(blocks):
            if isinstance(block, Columns):
                rows = logged_rows(block)
                if rows is None:
                    self._samples(format_key, iter([block]), tally)
                    continue
                block = rows
            now = self._clock()
            # Payloads of one body may be of different formats; each counts under its own.
            for key, translated in self._translator.translate(block, attributes, now):
                self._take_translated(format_key if key in (NATIVE, UNKNOWN) else key, translated, tally)

    def _take_translated(self, format_key: str, translated: Translated, tally: Tally) -> None:
        tally.waiting += translated.waiting
        tally.wanted = translated.answer or tally.wanted
        if refused := translated.refused:
            self.unknown.add(refused.value, refused.message, refused.reason, self._clock())
        self._samples(format_key, translated.sample_rows(), tally)
        if translated.outcomes:
            self._outcomes(format_key, iter([translated.outcome_rows()]), tally)

    def take_unpaired(self) -> None:
        """Count the halves whose time is up."""
        for key, alone in self._translator.expired(self._clock()):
            self._take_translated(key, alone, Tally())

    def _with_outcomes(self, format_key: str, blocks: Iterator[Block], tally: Tally) -> Iterator[Block]:
        """Yield blocks; take the outcomes that stand beside samples in tables."""
        for block in blocks:
            if isinstance(block, Columns) and "outcome" in block.fields and "id" in block.fields:
                self._outcomes(format_key, iter([block]), tally)
                if is_of_outcomes(block):
                    continue
            yield block

    def _samples(self, format_key: str, blocks: Iterator[Block], tally: Tally) -> None:
        if self.waiting is not None:
            blocks = self._to_add_now(self.waiting, format_key, blocks, tally)
        self._add_samples(format_key, blocks, tally)

    def _to_add_now(self, waiting: Waiting, format_key: str, blocks: Iterator[Block], tally: Tally) -> Iterator[Block]:
        """Yield blocks that do not wait; what waits is added before them."""
        for block in blocks:
            if is_small(block) and waiting.take(format_key, block.values, self._clock()):
                tally.accepted += len(block.values)
                continue
            waiting.settle()
            yield block

    def let_wait(self) -> None:
        """Let samples that come one by one wait for each other; whoever looks at the models calls `settle` before."""
        self.waiting = Waiting(self._add_waiting, self._fleet.is_watched)

    def settle(self) -> int | None:
        """Add the samples that wait; returns their last entry in the journal, or None if nothing waited."""
        return self.waiting.settle() if self.waiting is not None else None

    def at_entry(self, number: int) -> None:
        """Note which entry of the journal is counted next."""
        if self.waiting is not None:
            self.waiting.entry = number

    def _add_waiting(self, format_key: str, records: Sequence[Any], wall: float) -> None:
        self._add_samples(format_key, iter([Rows(records, range(len(records)))]), Tally(), wall)

    def _add_samples(self, format_key: str, blocks: Iterator[Block], tally: Tally, wall: float | None = None) -> None:
        for decoded in together(samples_of(self._with_outcomes(format_key, blocks, tally))):
            accepted, dropped, rejected = 0, 0, decoded.rejected
            for batch in decoded.batches:
                refused = self._added(batch, self._clock() if wall is None else wall)
                if refused is None:
                    accepted += batch.size
                elif refused == INTERNAL_ERROR:
                    dropped += batch.size
                else:
                    # The index says nothing here: joined batches have forgotten where their samples were.
                    rejected.add_all([0] * batch.size, f"{batch.size} samples of {batch.key.model}: {refused}", refused)
            self._accounting.samples(format_key, accepted, rejected, dropped)
            tally.accepted += accepted
            tally.reject(rejected)
            if dropped:
                tally.status = 500
                lost = Rejections()
                lost.add_all([0] * dropped, "lost to a bug of the exporter", INTERNAL_ERROR)
                tally.reject(lost)

    def _added(self, batch: Batch, wall: float) -> str | None:
        # A bug of ours: the samples are lost, but counted as dropped, not as rejected.
        with self._failures.contained("input", "samples", batch.key):
            return self._fleet.add(batch, wall)
        return INTERNAL_ERROR

    def _outcomes(self, format_key: str, blocks: Iterator[Block], tally: Tally) -> None:
        self.settle()
        for decoded in outcomes_together(outcomes_of(blocks)):
            rejected = decoded.rejected
            accepted = 0
            for batch in decoded.batches:
                wrong = self._fleet.join(batch, self._clock())
                accepted += len(batch.ids) - len(wrong)
                rejected.merge(wrong)
            self._accounting.outcomes(accepted, rejected)
            tally.accepted += accepted
            tally.reject(rejected)

    def _take_events(self, format_key: str, blocks: Iterator[Block], tally: Tally) -> None:
        self.settle()
        for block in blocks:
            events, rejected = events_of(block, self._clock())
            self._events.add(events)
            self._fleet.record_events(events, self._clock())
            self._accounting.events(len(events), rejected)
            tally.accepted += len(events)
            tally.reject(rejected)


def _is_event(environ: dict[str, Any]) -> bool:
    """Return whether a request is a CloudEvent, in binary or structured mode."""
    return "HTTP_CE_TYPE" in environ or environ.get("CONTENT_TYPE", "").startswith("application/cloudevents")


def headers_of(environ: dict[str, Any]) -> dict[str, str]:
    """Return the headers by lower-case name."""
    start = "HTTP_"
    headers = {
        name.removeprefix(start).lower().replace("_", "-"): value
        for name, value in environ.items()
        if name.startswith(start)
    }
    return headers | {"content-type": environ.get("CONTENT_TYPE", "")}


def _never() -> bool:
    return False


def _digest_of(key: str) -> str:
    return hashlib.blake2b(key.encode(), digest_size=16).hexdigest()
