"""Two replicas of the exporter, Prometheus and Alertmanager on the repository's own rules and routes, shortened."""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from inference_exporter.demo.bundle import Addresses, write_alertmanager, write_prometheus
from inference_exporter.demo.processes import Processes, answers, free_port
from inference_exporter.demo.scale import Scale, scale_of
from inference_exporter.demo.stack import scrapes

from .traffic import MODEL, write_reference_table

REPOSITORY = Path(__file__).parents[3]
COMMAND = [sys.executable, "-m", "inference_exporter"]
WINDOWS = ["10s", "40s"]
# Objectives that a minute can break. Ages are seconds, as the rules' minutes are.
SLO = {
    "availability": 0.99,
    "latency": {"threshold": "100ms", "objective": 0.95},
    "freshness": {"threshold": "20s"},
    "outcome_freshness": {"threshold": "15s"},
}


@dataclass
class Stack:
    """The running programs, and what is needed to start a replica again."""

    processes: Processes
    folder: Path
    programs: dict[str, Path]
    replicas: list[str] = field(default_factory=lambda: [f"127.0.0.1:{free_port()}" for _ in range(2)])
    running: dict[str, "subprocess.Popen[str]"] = field(default_factory=dict)
    prometheus: str = ""
    starts: int = 0

    def build_reference(self) -> None:
        """Learn the reference that both replicas compare with."""
        table = self.folder / "credit.csv"
        write_reference_table(table)
        columns = ["--prediction-column", "prediction", "--outcome-column", "outcome", "--score-column", "yes=score"]
        model = ["--model", MODEL["model"], "--model-version", MODEL["version"]]
        out = ["--out", str(self.folder / "credit.reference.json")]
        self.processes.finish("reference", [*COMMAND, "reference", "build", str(table), *out, *columns, *model])

    def start_replica(self, address: str) -> None:
        """Start an exporter and wait until it is ready."""
        self.starts += 1
        name = f"exporter-{self.replicas.index(address)}-{self.starts}"
        model = {"name": MODEL["model"], "version": MODEL["version"], "reference": "credit.reference.json", "slo": SLO}
        content = {"web": {"listen_address": address}, "windows": WINDOWS, "models": [model]}
        file = self.folder / f"{name}.yml"
        file.write_text(yaml.safe_dump(content))
        self.running[address] = self.processes.start(name, [*COMMAND, "serve", f"--config.file={file}"])
        self.processes.await_that(name, lambda: answers(f"http://{address}/-/ready"), "get ready")

    def kill_replica(self, address: str) -> None:
        """End an exporter at once, with its worker."""
        process = self.running.pop(address)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def start_monitoring(self, sink: str) -> None:
        """Start Alertmanager and Prometheus, whose rules are read once every replica has been scraped."""
        prometheus, alertmanager = (f"127.0.0.1:{free_port()}" for _ in range(2))
        addresses = Addresses(self.replicas[0], prometheus, alertmanager, sink)
        self._start_alertmanager(addresses, sink)
        self.prometheus = f"http://{prometheus}"
        file = self._configure_prometheus(addresses, with_rules=False)
        command: list[str | Path] = [
            self.programs["prometheus"],
            f"--config.file={file}",
            f"--storage.tsdb.path={self.folder / 'data'}",
            f"--web.listen-address={prometheus}",
            "--rules.alert.resend-delay=5s",
        ]
        process = self.processes.start("prometheus", command)
        self.processes.await_ready("prometheus", f"{self.prometheus}/-/ready")
        self.processes.await_that("prometheus", lambda: scrapes(self.prometheus), "scrape every replica")
        self._configure_prometheus(addresses, with_rules=True)
        process.send_signal(signal.SIGHUP)

    def _scale(self) -> Scale:
        return scale_of(yaml.safe_load((REPOSITORY / "prometheus" / "prometheus.yml").read_text()))

    def _configure_prometheus(self, addresses: Addresses, *, with_rules: bool) -> Path:
        target = self.folder / "prometheus"
        file = write_prometheus(REPOSITORY / "prometheus", target, self._scale(), addresses, with_rules=with_rules)
        document = yaml.safe_load(file.read_text())
        for job in document["scrape_configs"]:
            if job["job_name"].startswith("inference-exporter"):
                job["static_configs"] = [{"targets": self.replicas}]
        file.write_text(yaml.safe_dump(document))
        return file

    def _start_alertmanager(self, addresses: Addresses, sink: str) -> None:
        target = self.folder / "alertmanager"
        file = write_alertmanager(REPOSITORY / "alertmanager", target, self._scale(), addresses)
        document = yaml.safe_load(file.read_text())
        # Who is told is what is tested: each receiver is a path of the sink.
        document["receivers"] = [
            {"name": name, "webhook_configs": [{"url": f"http://{sink}/{name}", "send_resolved": True}]}
            if name != "nobody"
            else {"name": name}
            for name in (each["name"] for each in document["receivers"])
        ]
        document["global"] = {"resolve_timeout": document["global"].get("resolve_timeout", "5s")}
        document.pop("templates", None)
        file.write_text(yaml.safe_dump(document))
        command: list[str | Path] = [
            self.programs["alertmanager"],
            f"--config.file={file}",
            f"--storage.path={target / 'data'}",
            f"--web.listen-address={addresses.alertmanager}",
            "--cluster.listen-address=",
        ]
        self.processes.start("alertmanager", command)
        self.processes.await_ready("alertmanager", f"http://{addresses.alertmanager}/-/ready")
