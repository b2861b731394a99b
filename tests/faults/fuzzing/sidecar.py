"""The exporter under test: a real process on loopback, its memory, its log, and everything that it shows."""

import csv
import json
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil
from inference_exporter.demo.processes import free_port
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from .records import features
from .values import MODELS, VERSIONS, Chance

COMMAND = [sys.executable, "-m", "inference_exporter"]
READY_SECONDS = 120.0
LIMITS = {"memory": "16MB", "models": 20, "pending_outcomes": 1_000}
"""Small, so that all that is bounded is full early in a run: from then on memory is flat, or it leaks."""
OPENMETRICS = "application/openmetrics-text; version=1.0.0"


@dataclass
class Sidecar:
    """A running exporter."""

    port: int
    process: psutil.Process
    log: Path

    @property
    def host(self) -> str:
        """Its address, as HOST:PORT."""
        return f"127.0.0.1:{self.port}"

    def get(self, path: str, accept: str = "") -> tuple[int, str]:
        """Return status and text of an answer."""
        request = urllib.request.Request(f"http://{self.host}{path}", headers={"Accept": accept} if accept else {})
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(errors="replace")

    def private_bytes(self) -> list[int]:
        """Return the resident memory of each of its processes, without pages of files."""
        every = [process.memory_info() for process in self._tree()]
        return [info.rss - info.shared for info in every]

    def cpu_seconds(self) -> float:
        """Return the CPU time of all of its processes."""
        return sum(sum(process.cpu_times()[:2]) for process in self._tree())

    def alarms(self) -> list[str]:
        """Return the lines of the log that no input may cause."""
        words = ("Traceback", "level=error", "level=critical", "panicked")
        lines = self.log.read_text(errors="replace").splitlines()
        return [line for line in lines if any(word in line for word in words)]

    def faults_shown(self) -> Iterator[str]:
        """Yield what is wrong with the exposition, the page and the API at this moment."""
        yield from self._exposition_faults()
        status, listed = self.get("/api/v1/models")
        models = json.loads(listed)["models"] if status == 200 else []
        paths = ["/", "/api/v1/models", "/api/v1/events", "/api/v1/status", "/metrics/reference"]
        for model in models[:40]:
            name = "/".join(quote(model[part], safe="") for part in ("model", "version", "variant"))
            paths += [
                f"/api/v1/models/{name}",
                f"/api/v1/models/{name}/explain",
                f"/?model={quote(model['model'], safe='')}",
            ]
        for path in paths:
            status, text = self.get(path)
            if status != 200:
                yield f"GET {path}: status {status}: {text[:200]}"

    def _exposition_faults(self) -> Iterator[str]:
        status, text = self.get("/metrics", "text/plain; version=0.0.4")
        if status != 200:
            yield f"GET /metrics: status {status}"
        promtool = shutil.which("promtool")
        if promtool:
            checked = subprocess.run(
                [promtool, "check", "metrics"], input=text.encode(), capture_output=True, timeout=300
            )
            if checked.returncode == 1:  # 3 is a matter of style
                yield f"promtool check metrics: {checked.stderr.decode()[:500]}"
        for line in text.splitlines():
            if line.startswith("inference_exporter_scrape_collector_success{") and not line.endswith(" 1"):
                yield f"a collector failed: {line}"
        _, text = self.get("/metrics", OPENMETRICS)
        try:
            for _ in text_string_to_metric_families(text):
                pass
        except ValueError as error:
            yield f"OpenMetrics: {error}"

    def _tree(self) -> list[psutil.Process]:
        return [self.process, *self.process.children(recursive=True)]


@contextmanager
def running(folder: Path) -> Iterator[Sidecar]:
    """Run an exporter with one model that has a reference, and three that learn from what comes."""
    reference = _reference(folder)
    models = [
        {"name": name, "version": version, "outcomes": {"remember": 1_000}}
        | ({"reference": str(reference)} if name == MODELS[0] else {})
        for name in MODELS
        for version in VERSIONS
    ]
    config, log, port = folder / "config.yml", folder / "serve.log", free_port()
    content = {"windows": ["5s", "1m", "10m"], "limits": LIMITS, "models": models}
    config.write_text(json.dumps(content))  # JSON is YAML
    command = [*COMMAND, "serve", f"--config.file={config}", f"--web.listen-address=127.0.0.1:{port}"]
    with log.open("wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=file)
    try:
        sidecar = Sidecar(port, psutil.Process(process.pid), log)
        _await_ready(sidecar, process)
        yield sidecar
    finally:
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _reference(folder: Path) -> Path:
    table, reference = folder / "table.csv", folder / "reference.json"
    names = ("age", "income", "country")
    with table.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*names, "prediction"])
        for row in range(2_000):
            chance = Chance(0, row)
            values = {"age": 40, "income": 20_000, "country": "FR"} | features(chance)
            writer.writerow([*(values[name] for name in names), chance.one_of("yes", "no")])
    command = [*COMMAND, "reference", "build", str(table), "--out", str(reference), "--prediction-column", "prediction"]
    subprocess.run(command, check=True, capture_output=True, timeout=600)
    return reference


def _await_ready(sidecar: Sidecar, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + READY_SECONDS
    while True:
        try:
            if sidecar.get("/-/ready")[0] == 200:
                return
        except OSError:
            pass
        if process.poll() is not None or time.monotonic() > until:
            raise SystemExit(f"the exporter did not become ready:\n{sidecar.log.read_text(errors='replace')}")
        time.sleep(0.1)
