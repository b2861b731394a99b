"""A fake exporter for the client: real HTTP on loopback, with scripted answers."""

import gzip
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from socketserver import ThreadingMixIn
from typing import Any

import pytest
from inference_exporter.client import Monitor, Options

LONG_ENOUGH = 120.0
"""For whatever should happen at once: a wait ends as soon as it does, and a busy machine may take its time."""

HANG_UP = 0
"""In place of a status: take the request, answer nothing."""


@dataclass
class Reply:
    """One scripted answer."""

    status: int
    headers: dict[str, str | Callable[[], str]] = field(default_factory=dict)
    """A function is called when the answer is sent."""
    body: dict[str, Any] | None = None
    until: threading.Event | None = None
    """Answer only once this is set."""


@dataclass
class Post:
    """One request as it arrived."""

    path: str
    headers: dict[str, str]
    lines: list[dict[str, Any]]
    status: int
    at: float = field(default_factory=time.monotonic)

    @property
    def key(self) -> str:
        return self.headers["Idempotency-Key"]


class Peer:
    """A fake exporter: records requests, counts each key once, and rejects what a test asks for."""

    def __init__(self) -> None:
        self.posts: list[Post] = []
        self.script: list[Reply] = []
        self.is_bad: Callable[[dict[str, Any]], bool] = lambda line: False
        self.taken: list[tuple[str, dict[str, Any]]] = []
        self._answers: dict[str, dict[str, Any]] = {}
        self._changed = threading.Condition()
        self._server: Server | None = None
        self._socket = self._bound(0)
        self.port = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    @staticmethod
    def _bound(port: int) -> socket.socket:
        # Bound but not listening: connections are refused, and the port stays ours.
        bound = socket.socket()
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(("127.0.0.1", port))
        return bound

    def start(self) -> None:
        self._server = Server(self, self._socket)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.hang_up()
            self._server.server_close()
            self._server = None
            self._socket = self._bound(self.port)

    def close(self) -> None:
        self.stop()
        self._socket.close()

    def wait_until(self, condition: Callable[[], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(condition, LONG_ENOUGH), f"never came; posts: {self.posts!r}"

    def take(self, path: str, headers: dict[str, str], lines: list[dict[str, Any]]) -> Reply:
        with self._changed:
            reply = self.script.pop(0) if self.script else Reply(200)
            self.posts.append(Post(path, headers, lines, reply.status))
            if reply.body is None and reply.status in (HANG_UP, 200):
                reply.body = self._accept(path, headers["Idempotency-Key"], lines)
            self._changed.notify_all()
        if reply.until is not None:
            assert reply.until.wait(LONG_ENOUGH)
        return reply

    def _accept(self, path: str, key: str, lines: list[dict[str, Any]]) -> dict[str, Any]:
        if key not in self._answers:
            bad = [index for index, line in enumerate(lines) if self.is_bad(line)]
            self.taken += [(path, line) for index, line in enumerate(lines) if index not in bad]
            errors = [{"index": index, "reason": "bad"} for index in bad]
            self._answers[key] = {"accepted": len(lines) - len(bad), "rejected": len(bad), "errors": errors}
        return self._answers[key]

    def samples(self) -> list[dict[str, Any]]:
        return [line for path, line in self.taken if path == "/v1/samples"]


class Server(ThreadingMixIn, HTTPServer):
    """An HTTP server on a bound socket, whose connections can be cut."""

    daemon_threads = True

    def __init__(self, peer: Peer, bound: socket.socket) -> None:
        super().__init__(("127.0.0.1", 0), Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = bound
        self.peer = peer
        self._open: set[socket.socket] = set()
        bound.listen(16)

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        self._open.add(connection)
        return connection, address

    def hang_up(self) -> None:
        for connection in self._open:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # closed already


class Handler(BaseHTTPRequestHandler):
    """Passes a request to the peer and sends its answer."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        lines = [json.loads(line) for line in body.splitlines()]
        reply = self.server.peer.take(self.path, dict(self.headers), lines)
        if reply.status == HANG_UP:
            self.close_connection = True
            return
        answer = json.dumps(reply.body or {}).encode()
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value() if callable(value) else value)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def away() -> Iterator[Peer]:
    """An exporter that does not listen until `start()`."""
    peer = Peer()
    yield peer
    peer.close()


@pytest.fixture
def exporter(away: Peer) -> Peer:
    """A listening exporter."""
    away.start()
    return away


@pytest.fixture
def watch() -> Iterator[Callable[..., Monitor]]:
    """Return a factory of monitors with short waits, closed at the end of the test."""
    monitors: list[Monitor] = []

    def build(peer: Peer, **options: Any) -> Monitor:
        quick = {"batch_seconds": 0.02, "retry_seconds": 0.01, "retry_max_seconds": 0.05} | options
        monitors.append(Monitor(peer.url, "fraud", "7", options=Options(**quick)))
        return monitors[-1]

    yield build
    for monitor in monitors:
        monitor.close(0.2)


@pytest.fixture
def wait_for() -> Callable[[Callable[[], object]], None]:
    """Return a function that waits until a condition holds."""

    def wait(holds: Callable[[], object]) -> None:
        until = time.monotonic() + LONG_ENOUGH
        while not holds():
            assert time.monotonic() < until, "it did not happen"
            time.sleep(0.01)

    return wait


@pytest.fixture
def reply() -> Callable[..., Reply]:
    """Build a scripted answer."""
    return Reply


@pytest.fixture
def settled() -> Callable[[Monitor], dict[str, Any]]:
    """Flush a monitor, check that its counters add up, and return them."""

    def check(monitor: Monitor) -> dict[str, Any]:
        assert monitor.flush(LONG_ENOUGH), monitor.statistics()
        statistics = monitor.statistics()
        for flow in (statistics, statistics.outcomes, statistics.events):
            settled = flow.acknowledged + flow.rejected + sum(flow.dropped.values())
            assert flow.observed == settled + flow.queued + flow.in_flight
            assert (flow.queued, flow.in_flight) == (0, 0)
        return {
            "observed": statistics.observed,
            "acknowledged": statistics.acknowledged,
            "rejected": statistics.rejected,
            "dropped": dict(statistics.dropped),
        }

    return check
