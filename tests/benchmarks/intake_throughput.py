"""What the sidecar costs: samples per CPU second, time and memory of a scrape, time to ready.

Run it with ``python tests/benchmarks/intake_throughput.py``. A real
``inference-exporter serve`` is started for each line, posts of 10,000 samples
as NDJSON (1,000 of 1,000 features) go over loopback, and the CPU time of its processes is read before
and after. Beside it stands what decoding alone costs: ``orjson.loads`` of
every line, in the same run.
"""

import json
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import psutil
from inference_exporter.learning.learning import learn
from inference_exporter.reference.reference import save
from inference_exporter.samples.batch import Batch, ModelKey

VALUES_A_POST = 1_000_000  # of features: 10,000 samples of 100
POSTS = 20
ROUNDS = 3
SCRAPES = 7
NOW = time.time()


@dataclass
class Sidecar:
    """A running sidecar: how to reach it, its process, and how long it took to be ready."""

    connection: HTTPConnection
    process: psutil.Process
    seconds_to_ready: float

    def ask(self, method: str, path: str, body: bytes | None = None) -> bytes:
        """Return the body of an answer that must be fine."""
        self.connection.request(method, path, body, {"Content-Type": "application/x-ndjson"})
        response = self.connection.getresponse()
        content = response.read()
        if response.status != 200:
            raise SystemExit(f"{path}: {response.status} {content[:500]!r}")
        return content

    def cpu_seconds(self) -> float:
        """Return the CPU time of its processes."""
        return sum(t.user + t.system for t in (process.cpu_times() for process in self._tree()))

    def resident_bytes(self) -> int:
        """Return the resident memory of its processes."""
        return sum(process.memory_info().rss for process in self._tree())

    def _tree(self) -> list[psutil.Process]:
        return [self.process, *self.process.children(recursive=True)]


def columns(n_features: int, rows: int, seed: int, numeric: bool = False) -> dict[str, Any]:
    """Return features: numbers, every fifth a category unless all are numeric."""
    rng = np.random.default_rng(seed)
    return {
        f"feature_{i}": rng.choice(["FR", "DE", "ES", "IT"], rows).tolist()
        if i % 5 == 4 and not numeric
        else rng.normal(10, 3, rows).round(4)
        for i in range(n_features)
    }


def post(n_features: int, full: bool) -> bytes:
    """Return the body of one post: features and prediction alone, or with all that a model server knows."""
    size = min(10_000, VALUES_A_POST // n_features)
    table = {name: list(column) for name, column in columns(n_features, size, 1).items()}
    chance = random.Random(1)
    lines = []
    for row in range(size):
        score = round(chance.random(), 4)
        sample: dict[str, Any] = {
            "features": {name: column[row] for name, column in table.items()},
            "prediction": "fraud" if score > 0.8 else "ok",
        }
        if full:
            sample = {"id": f"request-{row}", "time": round(NOW - 60 + row / 1000, 3), **sample, "code": 200}
            sample |= {"scores": {"fraud": score, "ok": round(1 - score, 4)}, "latency_seconds": round(score / 10, 5)}
        lines.append(json.dumps(sample, separators=(",", ":")).encode())
    return b"\n".join(lines) + b"\n"


@contextmanager
def running(n_features: int, more: str = "", numeric: bool = False) -> Iterator[Sidecar]:
    """Run a sidecar whose reference has so many features; `more` lines go to its configuration."""
    with tempfile.TemporaryDirectory() as folder, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        score = np.random.default_rng(0).random(5000)
        prediction = np.where(score > 0.8, "fraud", "ok").tolist()
        features = columns(n_features, 5000, 0, numeric)
        scores = {"fraud": score, "ok": 1 - score}
        times = np.full(5000, np.nan)
        rows = Batch(5000, ModelKey(), times, features=features, prediction=prediction, scores=scores)
        reference = learn(rows, in_order=False)
        save(reference, Path(folder, "reference.json"))
        config = Path(folder, "config.yml")
        config.write_text('models: [{name: fraud, version: "7", reference: reference.json}]\n' + more, encoding="utf-8")
        command = [str(Path(sys.executable).with_name("inference-exporter")), "serve", f"--config.file={config}"]
        started = time.perf_counter()
        server = subprocess.Popen([*command, f"--web.listen-address=127.0.0.1:{port}"], stderr=subprocess.DEVNULL)
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=60)
            yield Sidecar(connection, psutil.Process(server.pid), _until_ready(connection, started))
        finally:
            server.terminate()
            server.wait(30)


def _until_ready(connection: HTTPConnection, started: float) -> float:
    while time.perf_counter() - started < 30:
        try:
            connection.request("GET", "/-/ready")
            response = connection.getresponse()
            response.read()
            if response.status == 200:
                return time.perf_counter() - started
        except OSError:
            connection.close()
        time.sleep(0.01)
    raise SystemExit("the sidecar is not ready after 30 seconds")


def throughput(sidecar: Sidecar, body: bytes) -> float:
    """Return samples per CPU second of the sidecar's processes, best of some rounds."""
    sidecar.ask("POST", "/v1/samples", body)
    best = 0.0
    for _ in range(ROUNDS):
        before = sidecar.cpu_seconds()
        for _ in range(POSTS):
            sidecar.ask("POST", "/v1/samples", body)
        best = max(best, POSTS * body.count(b"\n") / (sidecar.cpu_seconds() - before))
    return best


def decoding_alone(body: bytes) -> float:
    """Return lines per CPU second of ``orjson.loads``, best of some rounds."""
    lines = body.splitlines()
    best = 0.0
    for _ in range(ROUNDS):
        started = time.process_time()
        for line in lines:
            orjson.loads(line)
        best = max(best, len(lines) / (time.process_time() - started))
    return best


def scrape_milliseconds(sidecar: Sidecar) -> tuple[float, int]:
    """Return the median time of a scrape and its number of lines."""
    times, body = [], b""
    for _ in range(SCRAPES):
        started = time.perf_counter()
        body = sidecar.ask("GET", "/metrics")
        times.append(time.perf_counter() - started)
    return statistics.median(times) * 1000, body.count(b"\n")


def main() -> None:
    """Measure and print."""
    print(f"{'features':>8} {'fields':>7} {'samples/CPU s':>14} {'orjson.loads':>13} {'ratio':>6} ", end="")
    print(f"{'scrape ms':>10} {'lines':>7} {'RSS MB':>7} {'ready s':>8}")
    for n_features, full in ((10, False), (10, True), (100, False), (100, True), (1000, False)):
        body = post(n_features, full)
        with running(n_features) as sidecar:
            rate, bare = throughput(sidecar, body), decoding_alone(body)
            milliseconds, lines = scrape_milliseconds(sidecar)
            print(
                f"{n_features:>8} {'all' if full else 'fewest':>7} {rate:>14,.0f} {bare:>13,.0f} {rate / bare:>6.2f} "
                f"{milliseconds:>10.1f} {lines:>7,} {sidecar.resident_bytes() / 1e6:>7.0f} "
                f"{sidecar.seconds_to_ready:>8.2f}"
            )


if __name__ == "__main__":
    main()
