"""Kills the sidecar at random moments under load, and counts again what it acknowledged.

Run it with ``python tests/faults/kill.py --times=1000``. Senders post samples
and outcomes with an ``Idempotency-Key`` and repeat each request until it is
answered 200, while the worker, or the front with it, is killed with SIGKILL.
Memory holds 30 predictions, so most outcomes find theirs in the evaluation store.
After each block of kills the sidecar's counters, windows and stored predictions must
equal what the senders counted; between scrapes no counter may decrease. Exits 1 if one
sample or outcome is lost, or counted twice.
"""

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import requests
from inference_exporter.demo.processes import free_port
from prometheus_client.parser import text_string_to_metric_families

COMMAND = [sys.executable, "-m", "inference_exporter", "serve"]
SENDERS = 3
BLOCK = 20
MAX_SAMPLES, MAX_SECONDS_ALIVE = 40, 0.4
PATIENCE_SECONDS = 120.0
CONFIG = """
models: [{name: m, version: "1", learning: {samples: 500}, outcomes: {remember: 30}}]
windows: [24h, 10d]
storage: {path: state, durability: DURABILITY}
"""


@dataclass
class Sent:
    """What was acknowledged; guarded by its lock."""

    samples: int = 0
    outcomes: int = 0
    repeats: int = 0
    lock: Any = field(default_factory=threading.Lock)


class Sidecar:
    """A real ``serve`` that can be killed and started again."""

    def __init__(self, folder: Path, durability: str) -> None:
        self._config = folder / "config.yml"
        self._config.write_text(CONFIG.replace("DURABILITY", durability))
        self._log = (folder / "serve.log").open("a")
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self.log = folder / "serve.log"
        self.restarts: list[float] = []
        self.start()

    def start(self) -> None:
        """Start the sidecar."""
        flags = [f"--config.file={self._config}", f"--web.listen-address=127.0.0.1:{self._port}"]
        self.process = subprocess.Popen([*COMMAND, *flags], stderr=self._log)

    def workers(self) -> list[psutil.Process]:
        """Return the processes that it started."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def await_ready(self) -> None:
        """Wait until it accepts requests."""
        started = time.monotonic()
        pause = threading.Event()
        while time.monotonic() < started + PATIENCE_SECONDS:
            try:
                if requests.get(f"{self.url}/-/ready", timeout=5).ok:
                    self.restarts.append(time.monotonic() - started)
                    return
            except requests.RequestException:
                pass
            pause.wait(0.02)
        raise SystemExit(f"not ready after {PATIENCE_SECONDS:.0f} s: {self.log.read_text()[-2000:]}")

    def kill(self, *, front: bool) -> None:
        """Kill the worker, or the front; its worker then ends by itself."""
        if not front:
            for worker in self.workers():
                worker.kill()
            return
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.start()

    def end(self) -> None:
        """End everything that was started."""
        for worker in self.workers():
            worker.kill()
        self.process.kill()
        self.process.wait()
        self._log.close()

    def points(self) -> dict[tuple[str, str], float]:
        """Return the points of a scrape by name and window; others are added up."""
        text = requests.get(f"{self.url}/metrics", timeout=60).text
        points: dict[tuple[str, str], float] = {}
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                key = (sample.name, sample.labels.get("window", ""))
                points[key] = points.get(key, 0.0) + sample.value
        return points


def send(url: str, number: int, sent: Sent, stop: threading.Event, seed: int) -> None:
    """Post bodies one after another, each until it is acknowledged."""
    draw = random.Random(seed)
    session, body_number, ids = requests.Session(), 0, list[str]()
    while not stop.is_set():
        body_number += 1
        key = f"{number}-{seed}-{body_number}"
        if ids and draw.random() < 0.3:
            outcomes = [{"id": name, "outcome": draw.choice(["yes", "no"])} for name in ids]
            _until_acknowledged(session, f"{url}/v1/outcomes", outcomes, key, sent)
            with sent.lock:
                sent.outcomes += len(outcomes)
            ids = []
            continue
        new = [f"{key}-{row}" for row in range(draw.randint(1, MAX_SAMPLES))]
        samples = [_sample(name, draw) for name in new]
        _until_acknowledged(session, f"{url}/v1/samples", samples, key, sent)
        with sent.lock:
            sent.samples += len(samples)
        ids = new


def _sample(name: str, draw: random.Random) -> dict[str, Any]:
    features = {"x": draw.gauss(0, 1), "c": draw.choice("abc")}
    return {"id": name, "features": features, "prediction": draw.choice(["yes", "no"]), "time": time.time()}


def _until_acknowledged(session: requests.Session, url: str, body: Any, key: str, sent: Sent) -> None:
    pause = threading.Event()
    while True:
        try:
            answer = session.post(url, json=body, headers={"Idempotency-Key": key}, timeout=30)
        except requests.RequestException:
            answer = None
        if answer is not None and answer.status_code == 200:
            assert answer.json()["accepted"] == len(body), answer.text
            return
        with sent.lock:
            sent.repeats += 1
        pause.wait(0.02)


@contextmanager
def load(url: str, sent: Sent, seed: int) -> Iterator[None]:
    """Send until the block ends; every request is acknowledged by then."""
    stop = threading.Event()
    threads = [
        threading.Thread(target=send, args=(url, number, sent, stop, seed), daemon=True) for number in range(SENDERS)
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(PATIENCE_SECONDS)


STORED = ("predictions in the evaluation store", "")


def faults_of(points: dict[tuple[str, str], float], sent: Sent, before: dict[tuple[str, str], float]) -> list[str]:
    """Return what differs from the senders' count."""
    expected = {
        ("inference_exporter_samples_total", ""): sent.samples,
        ("inference_exporter_samples_accepted_total", ""): sent.samples,
        ("inference_exporter_outcomes_total", ""): sent.outcomes,
        ("model_requests_total", ""): sent.samples,
        ("model_outcomes_total", ""): sent.outcomes,
        ("model_window_samples", "24h"): sent.samples,
        ("model_window_samples", "10d"): sent.samples,
        ("model_window_outcomes", "10d"): sent.outcomes,
    }
    # In blocks, or about to be.
    stored = [f"inference_exporter_evaluation_{name}" for name in ("predictions", "unwritten_predictions")]
    points = {**points, STORED: sum(points.get((name, ""), 0.0) for name in stored)}
    expected[STORED] = sent.samples
    wrong = [
        f"{key}: expected {want}, got {points.get(key)}" for key, want in expected.items() if points.get(key) != want
    ]
    kept = [key for key in before if key[0].startswith("model_") and key[0].endswith(("_total", "_count", "_bucket"))]
    fell = [key for key in kept if points.get(key, 0) < before[key] and "process" not in key[0]]
    return wrong + [f"{key}: fell from {before[key]} to {points.get(key)}" for key in fell]


def run(times: int, seed: int, durability: str, folder: Path) -> list[str]:
    """Kill so many times; returns what was wrong."""
    draw, sent, sidecar = random.Random(seed), Sent(), Sidecar(folder, durability)
    faults: list[str] = []
    before: dict[tuple[str, str], float] = {}
    try:
        sidecar.await_ready()
        for start in range(0, times, BLOCK):
            number = min(BLOCK, times - start)
            with load(sidecar.url, sent, seed * 1_000_000 + start):
                for _ in range(number):
                    threading.Event().wait(draw.uniform(0, MAX_SECONDS_ALIVE))
                    sidecar.kill(front=draw.random() < 0.5)
                    sidecar.await_ready()
            points = sidecar.points()
            wrong = faults_of(points, sent, before)
            before = points
            faults += wrong
            print(
                f"{start + number:>5} kills: {sent.samples} samples, {sent.outcomes} outcomes, {sent.repeats} repeats,"
                f" ready in {max(sidecar.restarts[-number:]):.2f} s at most: {'; '.join(wrong) or 'equal'}",
                flush=True,
            )
    finally:
        sidecar.end()
    return faults


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--times", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--durability", choices=("journal", "sync"), default="journal")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        faults = run(options.times, options.seed, options.durability, Path(folder))
        if faults:
            print((Path(folder) / "serve.log").read_text()[-3000:])
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
