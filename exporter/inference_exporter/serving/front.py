"""The front: owns the sockets, reads complete requests, and passes them to the worker by lane.

However busy intake is, scrapes have their own threads, and this process, which
decodes nothing, answers health checks.
"""

import asyncio
import logging
import os
import time
from collections.abc import Callable
from email.utils import formatdate
from functools import partial
from typing import Any

from ..config.schema import WebConfig
from ..intake.refusals import FrontTotals
from .budget import Budget
from .channel import Job
from .connection import Connection, State
from .connections import Connections
from .doors import Doors
from .lane import Lane
from .proxy_process import ProxyProcess
from .refusals import Refusals
from .request import Answer, Request, text_answer
from .turns import Turns
from .worker_process import WorkerProcess

log = logging.getLogger(__name__)

INTAKE_PATHS = ("/v1/samples", "/v1/outcomes", "/v1/events", "/v1/traces", "/v1/logs")
SCRAPE_PATHS = ("/metrics", "/metrics/reference")
RELOAD_PATH = "/-/reload"
FORM_PATH = "/events"
MAX_OTHER_BODY = 64 * 1024  # of the form; no other page reads a body
# One pass over all connections instead of a timer for each: deadlines are seconds, so a quarter does not matter.
SWEEP_SECONDS = 0.25
_SIGHUP = ("SIGHUP",)


class Front:
    """Limits, refusals and health, without the worker; passes everything else to it."""

    def __init__(
        self, web: WebConfig, worker: WorkerProcess, lanes: dict[str, Lane], proxy: ProxyProcess | None = None
    ) -> None:
        self.web = web
        self._worker, self._lanes, self._proxy = worker, lanes, proxy
        self._doors = Doors(web.allowed_hosts, web.is_loopback)
        self._refusals = Refusals()
        self._bodies = Budget(web.max_buffered)
        self._connections = Connections(web.max_connections)
        self._jobs: dict[Connection, Job] = {}
        # Scrapes and reloads that are queued, by what they ask for.
        self._waiting: dict[tuple[str, ...], Job] = {}
        self._loop = asyncio.get_running_loop()
        self.now: Callable[[], float] = self._loop.time
        self.next_turn = Turns(self._loop).add
        self._date = b""
        self.is_stopping = self._reload_is_due = False

    # Called by connections.

    def date(self) -> bytes:
        """Return the Date header of this second."""
        return self._date

    def count(self, reason: str) -> None:
        """Count a request that gets no answer, or only part of one."""
        self._refusals.counts[reason] += 1

    def refusal(self, reason: str) -> Answer:
        """Count a refusal and return its answer."""
        return self._refusals.answer(reason)

    def too_slow(self, state: State) -> str:
        """Return the reason to count for a timeout in this state."""
        return {State.HEAD: "slow_headers", State.BODY: "slow_body"}.get(state, "request_timeout")

    def opened(self, connection: Connection) -> None:
        """Add a connection within the limit."""
        victim = self._connections.add(connection)
        if victim is None:
            return
        refusal = self._refusals.answer("too_many_connections")
        if victim is connection:
            connection.has_no_room(refusal)
        else:
            victim.transport.abort()

    def has_unread(self, connection: Connection, *, some: bool) -> None:
        """Note an answer that is partly unsent, or no longer."""
        self._connections.has_unread(connection, some=some)

    def became_idle(self, connection: Connection) -> None:
        """Note that a connection waits for its next request."""
        self._connections.became_idle(connection)

    def closed(self, connection: Connection) -> None:
        """Remove a closed connection."""
        self._connections.remove(connection)

    def admit(self, request: Request) -> Answer | None:
        """Return a refusal for a request whose headers are complete, or None."""
        door = self._doors.refusal(request.method, request.header)
        if door is not None:
            return self._refusals.answer(*door)
        hosts = [value for name, value in request.headers if name == "host"]
        if len(hosts) > 1 or not (request.is_http_1_0 or any(hosts)):
            return self._refusals.answer("bad_request", "expected one Host header")
        if is_intake(request):
            return self._admit_body(request)
        return self._refusals.answer("too_large") if request.declared_size > MAX_OTHER_BODY else None

    def _admit_body(self, request: Request) -> Answer | None:
        if not self._worker.is_ready:
            return self._refusals.answer("starting")
        if request.declared_size > self.web.max_body_size:
            request.is_oversized = True  # the worker counts and answers it
            return None
        if self._lanes["intake"].is_full or not self._bodies.has_room_for(request.declared_size):
            return self._refusals.answer("busy")
        return None

    def keep(self, request: Request, piece: bytes) -> Answer | None:
        """Store a piece of a body within the budget, or return a refusal."""
        request.received += len(piece)
        brings_records = is_intake(request)
        if not brings_records and request.received > MAX_OTHER_BODY:
            return self._refusals.answer("too_large")
        if brings_records and request.received > self.web.max_body_size:
            self.forget(request)
            request.is_oversized = True
            return None
        if not brings_records and request.path != FORM_PATH:  # no other page reads a body: it is discarded
            return None
        if not self._bodies.take(len(piece)):
            return self._refusals.answer("busy")
        request.add(piece)
        return None

    def hold(self, size: int) -> bool:
        """Reserve bytes of the budget for buffered data, if there is room."""
        return self._bodies.take(size)

    def let_go(self, size: int) -> None:
        """Return bytes to the budget."""
        self._bodies.give_back(size)

    def forget(self, request: Request) -> None:
        """Release the stored pieces of a request."""
        self._bodies.give_back(request.charged)
        request.charged = 0
        for chunk in request.chunks:
            self._bodies.give_back(len(chunk))
        request.chunks.clear()

    # Complete requests.

    def dispatch(self, connection: Connection, request: Request) -> None:
        """Answer a complete request here, or pass it to the worker."""
        if request.path == "/-/healthy":
            connection.answer(self._health(request, self._worker.is_alive, "healthy"))
        elif request.path == "/-/ready":
            is_ready = self._worker.is_ready and not self.is_stopping
            connection.answer(self._health(request, is_ready, "ready", self._worker.progress))
        else:
            self._hand_over(connection, request)

    def _health(self, request: Request, is_fine: bool, word: str, progress: str = "") -> Answer:
        if request.method not in ("GET", "HEAD"):
            return Answer("405 Method Not Allowed", [("Allow", "GET, HEAD")])
        if is_fine:
            return text_answer("200 OK", f"inference-exporter is {word}.")
        return text_answer(
            "503 Service Unavailable", f"inference-exporter is not {word}{progress and f': {progress}'}.", 1
        )

    def _hand_over(self, connection: Connection, request: Request) -> None:
        lane, same = self._lanes[_lane_of(request)], _same_scrape(request)
        job = self._waiting.get(same)
        if job is not None and job.number == 0:  # still queued: one answer serves all
            self._wait_for(job, connection)
            return
        reason = self._cannot_hand_over(lane)
        if reason is not None:
            self.forget(request)
            connection.answer(self._refusals.answer(reason))
            return
        job = self._job(request, same)
        self._wait_for(job, connection)
        if same:
            self._waiting[same] = job
        lane.submit(job)

    def _wait_for(self, job: Job, connection: Connection) -> None:
        job.askers.append(connection)
        self._jobs[connection] = job

    def _job(self, request: Request, same: tuple[str, ...] = ()) -> Job:
        size = sum(map(len, request.chunks))
        job = Job(
            self._head(request),
            request.chunks,
            size,
            lambda answer: self._answered(job, same, answer),
            self._bodies.give_back,
        )
        return job

    def _cannot_hand_over(self, lane: Lane) -> str | None:
        if not self._worker.is_ready:
            return "starting"
        if lane.is_full:
            return "busy"
        if lane is not self._lanes["intake"]:  # its answers are short
            self._hang_up_on_slow_readers()
        return None

    def _hang_up_on_slow_readers(self) -> None:
        for connection in list(self._connections.too_slow_readers(self.web.max_buffered)):
            self.count("slow_reader")
            connection.transport.abort()

    def _head(self, request: Request) -> dict[str, Any]:
        return {
            "method": request.method,
            "path": request.path,
            "query": request.query,
            "headers": request.headers,
            "content_length": max(request.declared_size, request.received),
            "sender": request.sender,
            "keyed": bool(request.header("idempotency-key")),
            "front": None if is_intake(request) else self._totals(),
        }

    def _totals(self) -> FrontTotals:
        return FrontTotals(
            self._refusals.counts,
            len(self._connections),
            self._bodies.held,
            self._worker.restarts,
            self._proxy.report if self._proxy else None,
            self._proxy.restarts if self._proxy else 0,
            os.getpid(),
            self._proxy is not None,
        )

    def _answered(self, job: Job, same: tuple[str, ...], answer: Answer | None) -> None:
        if self._waiting.get(same) is job:
            del self._waiting[same]
        for connection in job.askers:
            self._jobs.pop(connection, None)
            given = answer if answer is not None else self._refusals.answer("worker_lost")
            # In later turns: many scrapers may share an answer of megabytes.
            self.next_turn(partial(connection.answer, given))
        job.askers.clear()

    def abandon(self, connection: Connection, reason: str) -> None:
        """Stop the work on a request whose sender no longer waits."""
        if reason == "sender_gone":
            self.count(reason)
        job = self._jobs.pop(connection, None)
        if job is None:
            return
        job.askers.remove(connection)
        if job.number and not job.askers and job.channel is not None:
            self._worker.tell(f"gone {job.channel.number} {job.number}")
        elif not job.askers and any(lane.withdraw(job) for lane in self._lanes.values()):
            for chunk in job.chunks:
                self._bodies.give_back(len(chunk))
            job.answered(None)

    # Reload, timeouts, shutdown.

    def reload(self) -> None:
        """Have the worker reload the configuration, for SIGHUP; it logs the result and exports it as a metric."""
        self._reload_is_due = not self._worker.is_ready  # a starting worker may have read the old file
        waiting = self._waiting.get(_SIGHUP)
        if self._reload_is_due or (waiting is not None and waiting.number == 0):
            return  # the queued reload will read the current file
        self._waiting[_SIGHUP] = job = self._job(Request(self.now(), method="POST", path=RELOAD_PATH), _SIGHUP)
        self._lanes["reload"].submit(job)

    def worker_became_ready(self) -> None:
        """Reload if requested while the worker was starting."""
        log.info("listening on %s", self.web.listen_address)
        if self._reload_is_due:
            self.reload()

    async def sweep(self) -> None:
        """Close connections whose deadline has passed, forever."""
        while True:
            self._date = f"Date: {formatdate(time.time(), usegmt=True)}".encode()
            now = self.now()
            for connection in self._connections.overdue(now):
                connection.expire()
            await asyncio.sleep(SWEEP_SECONDS)

    async def drain(self, seconds: float) -> None:
        """Answer complete requests, refuse the rest, and return when all are done or time is up."""
        self.is_stopping = True
        for connection in self._connections.all():
            connection.drain()
        until = self.now() + seconds
        while self._connections.busy and self.now() < until:
            await asyncio.sleep(0.02)
        self._connections.close_all()


def is_intake(request: Request) -> bool:
    """Return whether a request brings records: `/` takes the payloads of any logger, and shows the page."""
    posted = request.method == "POST" and (request.path == "/" or _is_collector(request.path))
    return posted or request.path in INTAKE_PATHS


def _is_collector(path: str) -> bool:
    """Return whether Evidently's client posts rows there: `/ID/data`."""
    return path.count("/") == 2 and path.endswith("/data")


def _lane_of(request: Request) -> str:
    if is_intake(request):
        return "intake"
    if request.path in SCRAPE_PATHS:
        return "scrape"
    return "reload" if request.path == RELOAD_PATH else "page"


def _same_scrape(request: Request) -> tuple[str, ...]:
    """Return the key under which scrapes share an answer, empty for other requests."""
    if request.path not in SCRAPE_PATHS:
        return ()
    return (request.method, request.path, request.query, request.header("accept"), request.header("accept-encoding"))
