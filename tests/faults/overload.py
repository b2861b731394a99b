#!/usr/bin/env python3
"""Overload and bad senders: what scrapes and health checks see meanwhile.

Run it with ``python tests/faults/overload.py``. A real ``inference-exporter
serve`` is started on loopback for each trouble and asked for ``/-/healthy``
and ``/metrics`` over new connections all the while. The figures are printed;
exit code 1 where one is beyond its limit. ``--seconds`` says how long each
trouble lasts, ``--only`` names some of them.
"""

import argparse
import json
import multiprocessing
import random
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import psutil

HEALTHY_SECONDS, METRICS_SECONDS = 0.1, 1.0
DRAIN_SECONDS = 10.0
BODY_BYTES = 6_800_000
HEAD = b"POST /v1/samples HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n"


@dataclass
class Sidecar:
    """A running sidecar."""

    port: int
    process: "subprocess.Popen[bytes]"

    def ask(self, path: str, timeout: float = 60.0) -> tuple[int, bytes]:
        """Return status and body of a GET over a new connection; status 0 where no answer came."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read()
        except (OSError, HTTPException) as error:
            return 0, str(error).encode()
        finally:
            connection.close()

    def is_ready(self) -> bool:
        """Tell whether it takes requests."""
        return self.ask("/-/ready")[0] == 200

    def value(self, name: str, label: str = "") -> float:
        """Return the sum of the series of a metric, or of those with a label."""
        lines = self.ask("/metrics")[1].decode().splitlines()
        return sum(
            float(line.rpartition(" ")[2])
            for line in lines
            if line.startswith((f"{name}{{", f"{name} ")) and label in line
        )


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving() -> Iterator[Sidecar]:
    """Run a sidecar that is ready and knows a model of a hundred features."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "config.yml")
        config.write_text("models: [{name: m, learning: {samples: 1000}}]\n", encoding="utf-8")
        port = free_port()
        command = [sys.executable, "-m", "inference_exporter", "serve", f"--config.file={config}"]
        process = subprocess.Popen([*command, f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"])
        sidecar = Sidecar(port, process)
        try:
            wait_for(sidecar.is_ready, 60)
            yield sidecar
        finally:
            process.kill()
            process.wait(30)


def wait_for(holds: Callable[[], bool], seconds: float) -> float:
    """Return after how many seconds something held.

    Raises
    ------
    TimeoutError
        If it does not hold in time.
    """
    pause, began = threading.Event(), time.monotonic()
    while not holds():
        if time.monotonic() - began > seconds:
            raise TimeoutError(f"not after {seconds:.0f} s")
        pause.wait(0.02)
    return time.monotonic() - began


@dataclass
class Probes:
    """How long health checks and scrapes took; a failed one counts as endless."""

    healthy: list[float] = field(default_factory=list)
    metrics: list[float] = field(default_factory=list)
    late: float = 0.0
    """By how much the machine woke the probes too late, at worst: what others do there is in the times as well."""

    def faults(self) -> list[str]:
        """Return what was beyond its limit."""
        pairs = (("/-/healthy", self.healthy, HEALTHY_SECONDS), ("/metrics", self.metrics, METRICS_SECONDS))
        return [f"{path} took {max(times):.3f} s" for path, times, limit in pairs if max(times, default=9e9) > limit]

    def __str__(self) -> str:
        healthy, metrics = sorted(self.healthy), sorted(self.metrics)
        return (
            f"/-/healthy {len(healthy)} times, median {healthy[len(healthy) // 2] * 1000:.1f} ms, "
            f"worst {healthy[-1] * 1000:.1f} ms; "
            f"/metrics {len(metrics)} times, median {metrics[len(metrics) // 2] * 1000:.0f} ms, "
            f"worst {metrics[-1] * 1000:.0f} ms; the machine was late by up to {self.late * 1000:.0f} ms"
        )


@contextmanager
def probing(sidecar: Sidecar) -> Iterator[Probes]:
    """Ask for health twenty times a second and for metrics twice a second, from threads."""
    probes, over = Probes(), threading.Event()

    def ask(path: str, pause: float, times: list[float]) -> None:
        while not over.is_set():
            began = time.perf_counter()
            status, _ = sidecar.ask(path)
            times.append(time.perf_counter() - began if status == 200 else float("inf"))
            began = time.perf_counter()
            over.wait(pause)
            probes.late = max(probes.late, time.perf_counter() - began - pause)

    threads = [
        threading.Thread(target=ask, args=("/-/healthy", 0.05, probes.healthy)),
        threading.Thread(target=ask, args=("/metrics", 0.5, probes.metrics)),
    ]
    for thread in threads:
        thread.start()
    try:
        yield probes
    finally:
        over.set()
        for thread in threads:
            thread.join()


def body_of(size: int) -> tuple[bytes, int]:
    """Return NDJSON of about so many bytes with a hundred features a sample, and its number of samples."""
    chance, lines, length = random.Random(1), [], 0
    while length < size:
        features = {f"feature_{i}": round(chance.gauss(10, 3), 4) for i in range(100)}
        lines.append(json.dumps({"features": features, "prediction": chance.choice(["yes", "no"])}).encode())
        length += len(lines[-1]) + 1
    return b"\n".join(lines) + b"\n", len(lines)


def send_until(
    port: int, body: bytes, until: float, answers: "Counter[int]", headers: dict[str, str] | None = None
) -> None:
    """Post a body again and again over one connection, whatever is answered, and count the statuses."""
    connection = HTTPConnection("127.0.0.1", port, timeout=90)
    while time.time() < until:
        try:
            connection.request("POST", "/v1/samples", body, {"Content-Type": "application/x-ndjson", **(headers or {})})
            response = connection.getresponse()
            response.read()
            answers[response.status] += 1
        except (OSError, HTTPException):
            answers[0] += 1
            connection.close()
    connection.close()


def flood(port: int, senders: int, body: bytes, seconds: float, counted: "multiprocessing.Queue[Counter[int]]") -> None:
    """Send from so many threads for so long; a process of its own, so that it does not slow down the probes."""
    answers: Counter[int] = Counter()
    until = time.time() + seconds
    threads = [threading.Thread(target=send_until, args=(port, body, until, answers)) for _ in range(senders)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counted.put(answers)


def connected(port: int, sent: bytes, number: int, stack: ExitStack) -> list[socket.socket]:
    """Open connections and send the same few bytes over each."""
    sockets = []
    for _ in range(number):
        sockets.append(stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30)))
        sockets[-1].sendall(sent)
    return sockets


# Each trouble returns its figures as text, and what was beyond a limit.
Result = tuple[str, list[str]]


def senders(seconds: float, number: int = 40, size: int = BODY_BYTES) -> Result:
    """Senders of large bodies, all at once and without a pause, many times what the exporter can take."""
    body, rows = body_of(size)
    with serving() as sidecar:
        send_until(sidecar.port, body, time.time() + 0.1, Counter())  # the reference is learned
        before = sidecar.value("inference_exporter_samples_accepted_total")
        counted: multiprocessing.Queue[Counter[int]] = multiprocessing.get_context("spawn").Queue()
        sending = multiprocessing.get_context("spawn").Process(
            target=flood, args=(sidecar.port, number, body, seconds, counted)
        )
        sending.start()
        with probing(sidecar) as probes:
            answers = counted.get(timeout=seconds + 120)
        sending.join()
        accepted = sidecar.value("inference_exporter_samples_accepted_total") - before
        refused = sidecar.value("inference_exporter_requests_refused_total")
        faults = probes.faults()
        if accepted != answers[200] * rows:
            faults.append(f"{answers[200]} posts of {rows} samples were answered with 200, but {accepted:.0f} counted")
        if refused != answers[503] + answers[408]:
            faults.append(f"{answers[503] + answers[408]} posts were refused, but {refused:.0f} counted")
        return f"{probes}; {number} senders got {dict(answers)}", faults


def idle(seconds: float, number: int = 2000, half_sent: int = 200) -> Result:
    """Connections that send nothing, and others that stop in the middle of their headers."""
    with serving() as sidecar, ExitStack() as stack:
        with probing(sidecar) as probes:
            connected(sidecar.port, b"", number, stack)
            connected(sidecar.port, HEAD[:40], half_sent, stack)
            threading.Event().wait(seconds)
        return f"{probes}; {number} idle, {half_sent} half sent", probes.faults()


def stalled(seconds: float, number: int = 5) -> Result:
    """Bodies that stop in the middle, one of them with an ``Idempotency-Key`` that others repeat."""
    half = HEAD + b"Content-Length: 100000\r\n"
    with serving() as sidecar, ExitStack() as stack:
        with probing(sidecar) as probes:
            connected(sidecar.port, half + b"\r\n{", number, stack)
            connected(sidecar.port, half + b"Idempotency-Key: k\r\n\r\n{", 4, stack)
            answers: Counter[int] = Counter()
            send_until(
                sidecar.port, b'{"features": {"x": 1}}\n', time.time() + seconds, answers, {"Idempotency-Key": "k"}
            )
        faults = probes.faults()
        if set(answers) != {200}:
            faults.append(f"samples of others got {dict(answers)}")
        if sidecar.value("inference_exporter_samples_accepted_total") != 1:
            faults.append("samples of one key were counted more than once")
        return f"{probes}; {number + 4} stalled, another sender got {dict(answers)}", faults


def unread(seconds: float, number: int = 200) -> Result:
    """Scrapers that ask again and again and never read an answer."""
    asked = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n" * 20
    with serving() as sidecar, ExitStack() as stack:
        with probing(sidecar) as probes:
            connected(sidecar.port, asked, number, stack)
            threading.Event().wait(seconds)
        return f"{probes}; {number} do not read", probes.faults()


def sigterm(seconds: float) -> Result:
    """The end while a body is half sent."""
    with serving() as sidecar, ExitStack() as stack:
        (sender,) = connected(sidecar.port, HEAD + b"Content-Length: 100000\r\n\r\n{", 1, stack)
        wait_for(lambda: sidecar.value("inference_exporter_buffered_bytes") > 0, 30)
        began = time.monotonic()
        sidecar.process.send_signal(signal.SIGTERM)
        code = sidecar.process.wait(60)
        took, answer = time.monotonic() - began, sender.recv(100).split(b"\r\n")[0]
        faults = [f"it took {took:.1f} s"] * (took > DRAIN_SECONDS) + [f"exit code {code}"] * (code != 0)
        return f"ended after {took:.2f} s with {code}; the sender got {answer.decode()!r}", faults


def killed(seconds: float) -> Result:
    """The worker is killed, as by the kernel for lack of memory."""
    with serving() as sidecar:
        (worker,) = psutil.Process(sidecar.process.pid).children()
        worker.kill()
        wait_for(lambda: not sidecar.is_ready(), 10)
        healthy = sidecar.ask("/-/healthy")[0]
        took = wait_for(sidecar.is_ready, 60)
        faults = ["health failed"] * (healthy != 200)
        if sidecar.value("inference_exporter_worker_restarts_total") != 1:
            faults.append("the restart was not counted")
        return f"ready again after {took:.1f} s, healthy meanwhile", faults


TROUBLES: dict[str, Callable[[float], Result]] = {
    "senders": senders,
    "idle": idle,
    "stalled": stalled,
    "unread": unread,
    "sigterm": sigterm,
    "killed": killed,
}


def allow_many_files() -> None:
    """Raise the limit on open files as far as it goes."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def main() -> int:
    """Measure, print and judge."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=15.0, help="how long each trouble lasts")
    parser.add_argument("--only", nargs="*", choices=TROUBLES, default=list(TROUBLES), help="some of the troubles")
    options = parser.parse_args()
    allow_many_files()
    failed = False
    for name in options.only:
        figures, faults = TROUBLES[name](options.seconds)
        print(f"{'WRONG' if faults else 'ok':5} {name}: {figures}", flush=True)
        for fault in faults:
            print(f"      {fault}", flush=True)
        failed |= bool(faults)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
