"""The proxy of a real sidecar: exchanges reach the metrics, and no fault of the sidecar reaches a client."""

import http.client
import json
import signal
import subprocess
import sys
import threading
import time

import psutil
import pytest
from inference_exporter.demo.processes import free_port
from test_inputs import value
from test_serve import LONG_ENOUGH, serving, wait_for
from upstreams import Upstream, talk

pytestmark = pytest.mark.end_to_end

BODY = json.dumps({"instances": [{"age": 31, "city": "Ulm"}]})
HEADERS = {"Content-Type": "application/json"}
STREAM_BYTES = 200_000_000
FEW_BYTES = 30_000_000


@pytest.fixture
def upstream():
    server = Upstream()
    yield server
    server.close()


def configured(upstream, port):
    return f"proxy: {{upstream: 'http://127.0.0.1:{upstream.port}', listen_address: '127.0.0.1:{port}'}}\n"


def forwards(port):
    try:
        return talk(port, b"GET /none HTTP/1.1\r\nHost: a\r\n\r\n").startswith(b"HTTP/1.1 204")
    except OSError:
        return False


def child(served, command):
    """Return a process of the sidecar."""
    children = psutil.Process(served.process.pid).children()
    return next(each for each in children if f"commands.{command}" in str(each.cmdline()))


class Traffic:
    """A client that sends requests on one connection until told to stop; `failed` is what went wrong."""

    def __init__(self, port):
        self.answered, self.failed, self._stop = 0, [], threading.Event()
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LONG_ENOUGH)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        while not self._stop.wait(0.002):
            try:
                self._connection.request("POST", "/v1/models/fraud:predict", BODY, HEADERS)
                answer = self._connection.getresponse()
                assert (answer.status, answer.read()) == (200, b'{"predictions": ["yes"]}')
                self.answered += 1
            except (OSError, http.client.HTTPException, AssertionError) as error:
                self.failed.append(error)
                self._connection.close()

    def stop(self):
        self._stop.set()
        self._thread.join(LONG_ENOUGH)
        self._connection.close()


def test_exchanges_become_samples(tmp_path, upstream):
    """Features, predictions, codes and latency arrive; errors of the upstream are errors of the model."""
    port = free_port()
    with serving(tmp_path, free_port(), configured(upstream, port)) as served:
        wait_for(lambda: forwards(port), "does not forward")
        traffic = Traffic(port)
        wait_for(lambda: traffic.answered >= 50, "no answers")
        traffic.stop()
        request = b"POST %b HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%b"
        talk(port, request % (b"/error?x=/v1/models/fraud:predict", len(BODY), BODY.encode()))
        wait_for(lambda: value(served, "model_requests_total") == traffic.answered + 1, "not all counted")
        metrics = served.metrics()
        named = 'model_requests_total{model="fraud",version="unversioned",variant="champion",code="%d"} %d\n'
        assert named % (200, traffic.answered) in metrics
        assert named % (500, 1) in metrics
        assert value(served, "model_request_duration_seconds_count") == traffic.answered + 1
        wait_for(
            lambda: value(served, 'inference_exporter_proxy_requests_total{code="200"') == traffic.answered, "report"
        )
        assert value(served, "inference_exporter_proxy_failures_total") == 0
        assert value(served, "inference_exporter_proxy_up") == 1
        assert value(served, "inference_exporter_proxy_copies_dropped_total") == 0
        assert value(served, "inference_exporter_proxy_last_byte_seconds_count") == traffic.answered + 2


def test_a_killed_worker_fails_no_request(tmp_path, upstream):
    """Requests go on while the worker is killed and starts again, and it counts what came meanwhile."""
    port = free_port()
    with serving(tmp_path, free_port(), configured(upstream, port)) as served:
        wait_for(lambda: forwards(port), "does not forward")
        traffic = Traffic(port)
        wait_for(lambda: traffic.answered >= 50, "no answers")
        child(served, "worker").kill()
        wait_for(lambda: not served.ready(), "was not noticed")
        before = traffic.answered
        wait_for(lambda: served.ready() and traffic.answered > before, "not again")
        wait_for(lambda: value(served, "model_requests_total") > 50, "not counted again")
        traffic.stop()
        assert traffic.failed == []
        wait_for(lambda: value(served, "inference_exporter_proxy_copied_bytes") == 0, "copies wait")
        assert value(served, "inference_exporter_proxy_copies_dropped_total") == 0


def test_it_outlives_the_front(tmp_path, upstream):
    """After a kill of the front requests go on; the next sidecar takes the address over, and the old proxy ends."""
    port = free_port()
    with serving(tmp_path, free_port(), configured(upstream, port)) as served:
        wait_for(lambda: forwards(port), "does not forward")
        old, traffic = child(served, "proxy"), Traffic(port)
        served.process.kill()
        served.process.wait(LONG_ENOUGH)
        before = traffic.answered
        wait_for(lambda: traffic.answered > before + 50, "stopped with the front")
        assert traffic.failed == []
    traffic.stop()
    with serving(tmp_path, int(served.url.rpartition(":")[2]), configured(upstream, port)) as again:
        psutil.wait_procs([old], LONG_ENOUGH)
        assert not old.is_running()
        wait_for(lambda: forwards(port), "was not taken over")
        again.process.send_signal(signal.SIGTERM)
        assert again.process.wait(LONG_ENOUGH) == 0
    assert not forwards(port)


def test_a_killed_proxy_starts_again(tmp_path, upstream):
    """The front notices, and starts another; its counts begin at zero."""
    port = free_port()
    with serving(tmp_path, free_port(), configured(upstream, port)) as served:
        wait_for(lambda: forwards(port), "does not forward")
        child(served, "proxy").kill()
        wait_for(lambda: forwards(port), "was not restarted")
        wait_for(lambda: value(served, "inference_exporter_proxy_restarts_total") == 1, "not counted")


@pytest.mark.slow
@pytest.mark.parametrize("direction", ["down", "up"])
def test_a_long_stream_takes_no_memory(tmp_path, upstream, direction):
    """200 MB go through in either direction, and the proxy does not grow with them."""
    port = free_port()
    with serving(tmp_path, free_port(), configured(upstream, port)) as served:
        wait_for(lambda: forwards(port), "does not forward")
        process = child(served, "proxy")
        before, most = process.memory_info().rss, [0]
        streaming = threading.Thread(target=_stream, args=(port, direction))
        streaming.start()
        while streaming.is_alive():
            most.append(process.memory_info().rss)
            streaming.join(0.02)
        assert max(most) - before < FEW_BYTES


def _stream(port, direction):
    if direction == "down":
        got = talk(port, b"GET /big?size=%d HTTP/1.1\r\nHost: a\r\n\r\n" % STREAM_BYTES)
        assert len(got) > STREAM_BYTES
    else:
        head = b"POST /plain HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % STREAM_BYTES
        assert talk(port, head + b"x" * STREAM_BYTES).startswith(b"HTTP/1.1 200")


def test_alone(tmp_path, upstream):
    """`inference-exporter proxy` forwards without a sidecar, and SIGTERM ends it."""
    port = free_port()
    config = tmp_path / "config.yml"
    config.write_text(configured(upstream, port))
    command = ["-m", "inference_exporter", "proxy", f"--config.file={config}"]
    process = subprocess.Popen([sys.executable, *command], stderr=subprocess.DEVNULL)
    wait_for(lambda: forwards(port), "does not forward")
    started = time.monotonic()
    process.terminate()
    assert process.wait(LONG_ENOUGH) == 0
    assert time.monotonic() - started < LONG_ENOUGH
