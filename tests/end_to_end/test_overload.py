"""A real sidecar under bad senders: a short form of tests/faults/overload.py, and each limit."""

import socket
import subprocess
import sys
from contextlib import ExitStack, contextmanager

import overload
import pytest
import requests
from overload import HEAD, Sidecar, connected, free_port, wait_for

pytestmark = pytest.mark.end_to_end

FOREVER = 25.0  # below every time limit of a sender: an answer within it did not wait for one
PATIENT = "web: {header_timeout: 1h, body_timeout: 1h, idle_timeout: 1h}\n"
SAMPLE = b'{"features": {"x": 1}}\n'


@contextmanager
def serving(folder, text="windows: [5m]\n"):
    """Run a sidecar with a configuration."""
    config, port = folder / "config.yml", free_port()
    config.write_text(text)
    command = [sys.executable, "-m", "inference_exporter", "serve", f"--config.file={config}"]
    process = subprocess.Popen([*command, f"--web.listen-address=127.0.0.1:{port}"], stderr=subprocess.DEVNULL)
    sidecar = Sidecar(port, process)
    try:
        wait_for(sidecar.is_ready, 120)
        yield sidecar
    finally:
        process.kill()
        process.wait(30)


def refused(sidecar, reason):
    return sidecar.value("inference_exporter_requests_refused_total", f'reason="{reason}"')


@pytest.fixture(autouse=True)
def any_machine(monkeypatch):
    """The script measures speed on an idle machine; here answers only have to arrive."""
    monkeypatch.setattr(overload, "HEALTHY_SECONDS", FOREVER)
    monkeypatch.setattr(overload, "METRICS_SECONDS", FOREVER)
    monkeypatch.setattr(overload, "DRAIN_SECONDS", FOREVER)


@pytest.mark.parametrize(
    "trouble",
    [
        lambda: overload.senders(1.0, 20, 2_000_000),
        lambda: overload.idle(0.5, 300, 50),
        lambda: overload.stalled(0.5),
        lambda: overload.unread(0.5, 50),
        lambda: overload.sigterm(0.0),
        lambda: overload.killed(0.0),
    ],
    ids=["senders", "idle", "stalled", "unread", "sigterm", "killed"],
)
def test_scrapes_and_health_answer_whatever_senders_do(trouble):
    """Every scrape and health check is answered, and everything sent is accounted for."""
    figures, faults = trouble()
    assert faults == [], figures


def answer_of(sender):
    """Return the first line of an answer."""
    return sender.makefile("rb").readline().decode().strip()


@pytest.mark.parametrize(
    ("sent", "reason"),
    [(HEAD[:40], "slow_headers"), (HEAD + b"Content-Length: 9\r\n\r\n{", "slow_body")],
)
def test_a_sender_that_stops_is_hung_up_on(tmp_path, sent, reason):
    """An incomplete request gets 408 after its time limit, and is counted."""
    with serving(tmp_path, "web: {header_timeout: 300ms, body_timeout: 300ms}\n") as sidecar, ExitStack() as stack:
        (sender,) = connected(sidecar.port, sent, 1, stack)
        assert answer_of(sender) == "HTTP/1.1 408 Request Timeout"
        assert refused(sidecar, reason) == 1


def test_the_connection_that_was_idle_for_longest_gives_way(tmp_path):
    """If idle connections use up the limit, a new connection is still answered."""
    text = PATIENT.replace("{", "{max_connections: 16, ")
    with serving(tmp_path, text) as sidecar, ExitStack() as stack:
        connected(sidecar.port, b"", 60, stack)
        assert sidecar.ask("/-/healthy", FOREVER)[0] == 200
        assert sidecar.ask("/metrics", FOREVER)[0] == 200
        assert refused(sidecar, "too_many_connections") >= 44
        assert sidecar.value("inference_exporter_connections") <= 16


def test_bodies_beyond_the_budget_are_refused(tmp_path):
    """A body beyond the budget gets 503, and is accepted once there is room."""
    text = PATIENT.replace("{", "{max_body_size: 100KB, max_buffered: 100KB, ")
    with serving(tmp_path, text) as sidecar, ExitStack() as stack:
        url = f"http://127.0.0.1:{sidecar.port}/v1/samples"
        (sender,) = connected(sidecar.port, HEAD + b"Content-Length: 90000\r\n\r\n" + b" " * 80_000, 1, stack)
        wait_for(lambda: sidecar.value("inference_exporter_buffered_bytes") == 80_000, FOREVER)
        answer = requests.post(url, data=SAMPLE + b"\n" * 60_000, timeout=60)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
        assert refused(sidecar, "busy") == 1
        sender.close()
        wait_for(lambda: sidecar.value("inference_exporter_buffered_bytes") == 0, FOREVER)
        assert requests.post(url, data=SAMPLE + b"\n" * 60_000, timeout=60).json()["accepted"] == 1
        assert refused(sidecar, "sender_gone") == 1


def test_a_body_that_is_too_large_is_accounted_for(tmp_path):
    """With or without a declared length, it gets 413 early, and counts as a rejected sample."""
    with serving(tmp_path, "web: {max_body_size: 1KB}\n") as sidecar, ExitStack() as stack:
        for number, sent in enumerate(
            [
                b"Content-Length: 10000000000\r\n\r\n{",
                b"Transfer-Encoding: chunked\r\n\r\n800\r\n" + b" " * 0x800 + b"\r\n",
            ],
            1,
        ):
            (sender,) = connected(sidecar.port, HEAD + sent, 1, stack)
            assert answer_of(sender) == "HTTP/1.1 413 Content Too Large"
            assert sidecar.value("inference_exporter_samples_rejected_total", "too_large") == number


def test_headers_that_are_too_large_are_refused(tmp_path):
    """A request whose headers came whole, in one piece, is held to their bound as well."""
    with serving(tmp_path, PATIENT) as sidecar, ExitStack() as stack:
        (sender,) = connected(sidecar.port, HEAD + b"X-Long: " + b"a" * 70_000 + b"\r\n\r\n", 1, stack)
        assert answer_of(sender) == "HTTP/1.1 413 Content Too Large"
        assert refused(sidecar, "too_large") == 1


def test_pages_of_other_sites_stay_outside(tmp_path):
    """Cross-origin POSTs of a browser are refused; those of programs are not."""
    with serving(tmp_path) as sidecar:
        url = f"http://127.0.0.1:{sidecar.port}"
        for path in ("/v1/samples", "/v1/events", "/v1/outcomes", "/-/reload"):
            answer = requests.post(url + path, data=SAMPLE, headers={"Origin": "http://evil.example"}, timeout=60)
            assert answer.status_code == 403
        assert refused(sidecar, "foreign_page") == 4
        assert requests.post(f"{url}/v1/samples", data=SAMPLE, timeout=60).json()["accepted"] == 1
        assert requests.post(f"{url}/-/reload", timeout=60).text == "configuration reloaded\n"


def test_every_answer_forbids_sniffing(tmp_path):
    """Every answer forbids content sniffing."""
    with serving(tmp_path) as sidecar:
        url = f"http://127.0.0.1:{sidecar.port}"
        answers = [
            requests.get(url + path, timeout=60) for path in ("/", "/metrics", "/-/healthy", "/nowhere", "/v1/samples")
        ]
        answers.append(requests.post(f"{url}/v1/samples", data=b"x", timeout=60))
        assert [answer.headers["X-Content-Type-Options"] for answer in answers] == ["nosniff"] * 6
        assert [answer.status_code for answer in answers] == [200, 200, 200, 404, 405, 400]


@pytest.mark.parametrize(
    ("sent", "statuses"),
    [
        (b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n" * 3, [b"200"] * 3),
        (b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n" + b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", [b"200"] * 2),
        (b"GET /-/healthy HTTP/1.0\r\n\r\n", [b"200"]),
        (b"GET http://x/-/healthy HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", [b"200"]),
        (b"HEAD /-/ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", [b"200"]),
        (b"POST /-/healthy HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", [b"405"]),
        (b"GET /-/healthy HTTP/1.1\r\n\r\n", [b"400"]),
        (b"nonsense\r\n\r\n", [b"400"]),
        (b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 400_000 + b"\r\n\r\n", [b"413"]),
        (HEAD + b"Expect: 100-continue\r\nConnection: close\r\nContent-Length: 23\r\n\r\n" + SAMPLE, [b"100", b"200"]),
        (HEAD + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n17\r\n" + SAMPLE + b"\r\n0\r\n\r\n", [b"200"]),
        ((HEAD + b"Content-Length: 23\r\n\r\n" + SAMPLE) * 2, [b"200"] * 2),
    ],
)  # fmt: skip
def test_http_is_spoken(whole, sent, statuses):
    """Pipelined, HTTP/1.0, chunked, proxied or invalid: each request is answered in order."""
    with socket.create_connection(("127.0.0.1", whole.port), timeout=60) as sender:
        sender.sendall(sent)
        stream, found = sender.makefile("rb"), []
        while len(found) < len(statuses):
            line = stream.readline()
            assert line, found
            if b"HTTP/1.1 " in line:
                found.append(line.partition(b"HTTP/1.1 ")[2].split()[0])
        assert found == statuses


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("whole")) as sidecar:
        yield sidecar


def test_two_starts_at_one_moment(tmp_path):
    """One serves, the other exits with 2 and the reason."""
    port = free_port()
    command = [sys.executable, "-m", "inference_exporter", "serve", f"--web.listen-address=127.0.0.1:{port}"]
    started = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(2)]
    try:
        wait_for(lambda: any(process.poll() is not None for process in started), 120)
        (lost,) = (process for process in started if process.poll() is not None)
        assert lost.returncode == 2
        assert b"cannot listen on" in lost.stderr.read()
    finally:
        for process in started:
            process.kill()
            process.communicate()
