"""Whatever goes through the proxy is byte for byte what goes without it."""

import asyncio
import json
import socket
import threading
import time

import pytest
import uvloop
from inference_exporter.config.proxy import ProxyConfig
from inference_exporter.intake.proxy_totals import ProxyTotals
from inference_exporter.proxy import tunnel
from inference_exporter.proxy.copies import Copies
from inference_exporter.proxy.proxy import Proxy
from inference_exporter.proxy.records import record_of
from upstreams import ANSWERS, Upstream, talk

LONG_ENOUGH = 60.0


class Kept(Copies):
    """Keeps exchanges instead of sending them."""

    def __init__(self, config, totals):
        super().__init__("http://127.0.0.1:9", "", config.max_copied, totals)
        self.kept = []

    def add(self, exchange):
        self.kept.append(exchange)

    def records(self):
        return [json.loads(record_of(each, "")) for each in self.kept]


class Running:
    """A proxy in a thread."""

    def __init__(self, upstream_port, scheme="http", **options):
        self.config = ProxyConfig(upstream=f"{scheme}://127.0.0.1:{upstream_port}", **options)
        self.totals = ProxyTotals()
        self.copies = Kept(self.config, self.totals)
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._start, daemon=True)
        self._thread.start()
        assert self._ready.wait(LONG_ENOUGH)

    def _start(self):
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self._run())

    async def _run(self):
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        self.proxy = Proxy(self.config, self.copies, self.totals)
        server = await self._loop.create_server(self.proxy.connection, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._ended.wait()
        server.close()
        await self.proxy.drain(LONG_ENOUGH)

    def stop(self):
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join(LONG_ENOUGH)
        assert not self._thread.is_alive()

    def wait_for(self, holds):
        until, pause = time.monotonic() + LONG_ENOUGH, threading.Event()
        while not holds():
            assert time.monotonic() < until, (self.totals, self.copies.kept)
            pause.wait(0.01)


@pytest.fixture
def upstream():
    server = Upstream()
    yield server
    server.close()


@pytest.fixture
def proxy(upstream):
    running = Running(upstream.port)
    yield running
    running.stop()


JSON = b"Content-Type: application/json\r\n"
POST = b"POST %b HTTP/1.1\r\nHost: a\r\n" + JSON + b'Content-Length: 22\r\n\r\n{"instances": [[1,2]]}'
GET = b"GET %b HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, X-Own\r\nX-Own: 1\r\nTE: trailers\r\n\r\n"
CHUNKS = b'8;x=1\r\n{"inputs\r\n8\r\n":[[1]]}\r\n0\r\n\r\n'
CHUNKED = b"POST %b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKS


@pytest.mark.parametrize("path", [*ANSWERS, b"/echo"], ids=lambda path: path.decode().strip("/"))
@pytest.mark.parametrize("request_of", [POST, GET, CHUNKED], ids=["post", "get", "chunked"])
def test_bytes_are_the_same(upstream, proxy, path, request_of):
    """Requests and answers of every kind arrive as they were sent, several on one connection too."""
    sent = request_of % path * 3
    direct = talk(upstream.port, sent)
    through = talk(proxy.port, sent)
    assert through == direct
    half = len(upstream.received) // 2
    assert upstream.received[:half] == upstream.received[half:]
    assert not proxy.totals.failures["copying"]


def test_heads_have_no_body(upstream, proxy):
    """HEAD, 204 and 304 end with their headers, and the next answer follows."""
    heads = b"HEAD /head HTTP/1.1\r\nHost: a\r\n\r\n" + GET % b"/none" + GET % b"/same" + POST % b"/plain"
    assert talk(proxy.port, heads) == ANSWERS[b"/head"] + ANSWERS[b"/none"] + ANSWERS[b"/same"] + ANSWERS[b"/plain"]
    proxy.wait_for(lambda: proxy.copies.kept)
    assert proxy.totals.requests == {"200": 2, "204": 1, "304": 1}


def test_an_upgraded_connection_is_a_tunnel(proxy):
    """After 101 bytes go both ways, whatever they are."""
    with socket.create_connection(("127.0.0.1", proxy.port), LONG_ENOUGH) as connection:
        connection.sendall(b"GET /upgrade HTTP/1.1\r\nHost: a\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n")
        got = b""
        while not got.endswith(b"\r\n\r\n"):
            got += connection.recv(65536)
        for message in (b"\x81\x05hello", b"GET / HTTP/1.1\r\n\r\n", bytes(range(256))):
            connection.sendall(message)
            assert connection.recv(65536) == message[::-1]
    assert proxy.totals.requests == {"101": 1}
    assert not proxy.totals.failures["watching"]


def test_expect_waits_for_the_upstream(proxy):
    """100 Continue comes from the upstream, before the body is sent."""
    with socket.create_connection(("127.0.0.1", proxy.port), LONG_ENOUGH) as connection:
        head, _, body = (POST % b"/echo").partition(b"\r\n\r\n")
        connection.sendall(head + b"\r\nExpect: 100-continue\r\n\r\n")
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(body)
        assert connection.recv(65536).endswith(body)


class TestCopies:
    def test_an_inference(self, proxy):
        """The record has both bodies, status, times, the id and the model of the path."""
        extra = b"X-Request-Id: r-1\r\nTraceparent: 00-abc-def-01\r\nContent-Length"
        sent = (POST % b"/v1/models/fraud/versions/7:predict").replace(b"Content-Length", extra)
        talk(proxy.port, sent)
        proxy.wait_for(lambda: proxy.copies.kept)
        (record,) = proxy.copies.records()
        assert (record["request"], record["response"]) == ({"instances": [[1, 2]]}, {"predictions": ["yes"]})
        assert (record["code"], record["id"], record["trace_id"]) == (200, "r-1", "abc")
        assert (record["model"], record["version"]) == ("fraud", "7")
        assert 0 < record["latency_seconds"] < LONG_ENOUGH
        assert time.time() - LONG_ENOUGH < record["time"] <= time.time()

    def test_chunks_and_compression_are_undone(self, proxy):
        """A record has the bodies without their framing."""
        talk(proxy.port, CHUNKED % b"/chunked")
        proxy.wait_for(lambda: proxy.copies.kept)
        assert proxy.copies.records()[0]["request"] == {"inputs": [[1]]}
        assert proxy.copies.records()[0]["response"] == {"predictions": ["yes"]}

    @pytest.mark.parametrize(("path", "code"), [(b"/error", 500), (b"/page", 503), (b"/short", 502), (b"/gone", 502)])
    def test_errors_of_the_upstream_are_errors_of_the_model(self, proxy, path, code):
        """An error status, a broken answer and none at all are passed on with the features that they failed for."""
        talk(proxy.port, POST % path)
        proxy.wait_for(lambda: proxy.copies.kept)
        (record,) = proxy.copies.records()
        assert (record["code"], record["request"]) == (code, {"instances": [[1, 2]]})
        assert proxy.totals.upstream_errors == (code == 502)

    def test_an_upstream_that_is_away(self):
        """It answers 502 in its place, which counts as an error of the model."""
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        proxy = Running(port)
        assert talk(proxy.port, POST % b"/").startswith(b"HTTP/1.1 502 Bad Gateway\r\n")
        proxy.wait_for(lambda: proxy.copies.kept)
        (record,) = proxy.copies.records()
        assert (record["code"], record["request"]) == (502, {"instances": [[1, 2]]})
        proxy.stop()

    def test_what_is_no_inference_is_only_counted(self, proxy):
        """Health checks and metadata are no samples."""
        talk(proxy.port, GET % b"/v2/health/ready")
        proxy.wait_for(lambda: proxy.totals.requests["200"])
        assert not proxy.copies.kept

    def test_a_client_that_goes_is_no_error_of_the_model(self, proxy):
        """A request without its end, or whose answer nobody reads, is unanswered."""
        talk(proxy.port, (POST % b"/plain")[:-5])
        proxy.wait_for(lambda: proxy.totals.requests["unanswered"])
        assert proxy.totals.upstream_errors == 0
        assert not proxy.copies.kept

    def test_other_protocols_go_through_without_copies(self, proxy):
        """What is no HTTP is counted as a fault of ours, and goes through."""
        talk(proxy.port, b"\x16\x03\x01 nonsense\r\n\r\n")
        proxy.wait_for(lambda: proxy.totals.failures["watching"])


def test_copies_are_bounded(upstream):
    """A body beyond the bound, or beyond the room for all, goes through without a copy, and gives its room back."""
    proxy = Running(upstream.port, max_copied_body=20, max_copied=40)
    assert talk(proxy.port, POST % b"/echo") == talk(upstream.port, POST % b"/echo")
    proxy.wait_for(lambda: proxy.copies.kept)
    assert proxy.totals.dropped["too_large"] == 2
    assert proxy.copies.records()[0]["request"] == {}
    assert proxy.totals.copied_bytes == 0
    proxy.stop()


def test_a_bug_in_watching_changes_nothing(upstream, proxy, monkeypatch):
    """Whatever raises while a request goes through, client and upstream do not notice."""

    def broken(*_):
        raise RuntimeError("a bug")

    monkeypatch.setattr(proxy.proxy, "finished", broken)
    monkeypatch.setattr(proxy.proxy, "copy", broken)
    assert talk(proxy.port, POST % b"/echo" * 3) == talk(upstream.port, POST % b"/echo" * 3)
    assert proxy.totals.failures["watching"] == 1


def test_a_slow_reader_makes_the_upstream_wait(upstream, proxy):
    """No more than the buffers of one direction is in memory, however much the upstream has to send."""
    size = 50_000_000
    with socket.create_connection(("127.0.0.1", proxy.port), LONG_ENOUGH) as connection:
        connection.sendall(b"GET /big?size=%d HTTP/1.1\r\nHost: a\r\n\r\n" % size)
        proxy.wait_for(lambda: proxy.totals.bytes_down > tunnel.BUFFER_BYTES)
        held = [proxy.totals.bytes_down]
        proxy.wait_for(lambda: held.append(proxy.totals.bytes_down) or (len(held) > 50 and held[-1] == held[-40]))
        assert held[-1] < size / 2  # the rest waits in the upstream
        got = 0
        while got < size:
            got += len(connection.recv(1 << 20))
    assert got > size


def test_a_drain_waits_for_answers(upstream):
    """A stop closes idle connections at once and lets answers finish."""
    proxy = Running(upstream.port)
    idle = socket.create_connection(("127.0.0.1", proxy.port), LONG_ENOUGH)
    busy = socket.create_connection(("127.0.0.1", proxy.port), LONG_ENOUGH)
    busy.sendall(b"GET /big?size=20000000 HTTP/1.1\r\nHost: a\r\n\r\n")
    assert busy.recv(10)
    stopping = threading.Thread(target=proxy.stop)
    stopping.start()
    assert idle.recv(10) == b""
    got = 10
    while data := busy.recv(1 << 20):
        got += len(data)
    assert got > 20_000_000
    stopping.join()
    idle.close()
    busy.close()
