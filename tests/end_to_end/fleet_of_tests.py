"""Several real sidecars behind one real Prometheus with the fleet's rules, in which a minute is four seconds."""

import signal
import sys
from pathlib import Path
from typing import Any

import requests
import yaml
from inference_exporter.demo.processes import Processes, free_port
from inference_exporter.demo.scale import Scale, scaled_rules

REPOSITORY = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "inference_exporter"]
# A scrape interval of the rules, 15 s, becomes a second, which is what Prometheus takes at the least.
SCALE = Scale(factor=15.0)

Point = dict[str, Any]


class Fleet:
    """Sidecars that can be killed and started again, and the Prometheus that scrapes them."""

    def __init__(self, processes: Processes, folder: Path, prometheus: Path, config: Path, n_replicas: int) -> None:
        self._processes = processes
        self._config = config
        self._starts = 0
        self.replicas = [f"127.0.0.1:{free_port()}" for _ in range(n_replicas)]
        self._running = {replica: self._started(replica) for replica in self.replicas}
        self.prometheus = self._start_prometheus(prometheus, folder)

    def _started(self, replica: str) -> Any:
        self._starts += 1
        name = f"exporter-{self._starts}"
        flags = [f"--config.file={self._config}", f"--web.listen-address={replica}"]
        process = self._processes.start(name, [*COMMAND, "serve", *flags])
        self._processes.await_ready(name, f"http://{replica}/-/ready")
        return process

    def kill(self, replica: str) -> None:
        """Kill a sidecar and start it again from zero."""
        self._running[replica].send_signal(signal.SIGTERM)
        self._running[replica].wait(timeout=60)
        self._running[replica] = self._started(replica)

    def _start_prometheus(self, program: Path, folder: Path) -> str:
        rules = folder / "fleet"
        rules.mkdir()
        for file in sorted((REPOSITORY / "prometheus" / "fleet").glob("*.yml")):
            (rules / file.name).write_text(yaml.safe_dump(scaled_rules(yaml.safe_load(file.read_text()), SCALE)))
        targets = {"static_configs": [{"targets": self.replicas}]}
        fast = {"job_name": "inference-exporter", "params": {"exclude[]": ["reference_buckets"]}, **targets}
        slow = {"job_name": "inference-exporter-reference", "metrics_path": "/metrics/reference", **targets}
        intervals = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "20s"}
        content = {"global": intervals, "rule_files": ["fleet/*.yml"], "scrape_configs": [fast, slow]}
        (folder / "prometheus.yml").write_text(yaml.safe_dump(content))
        port = free_port()
        command = [program, "--config.file=prometheus.yml", f"--web.listen-address=127.0.0.1:{port}"]
        self._processes.start("prometheus", command, folder=folder)
        address = f"http://127.0.0.1:{port}"
        self._processes.await_ready("prometheus", f"{address}/-/ready")
        return address

    def send(self, replica: str, model: str, samples: list[Point], ids: str) -> None:
        """Send samples to one sidecar, with an outcome for each."""
        made = [
            {"id": f"{ids}-{place}", "model": model, "version": "1", "features": sample["features"],
             "prediction": sample["prediction"]}
            for place, sample in enumerate(samples)
        ]  # fmt: skip
        known = [
            {"id": f"{ids}-{place}", "model": model, "outcome": sample["outcome"]}
            for place, sample in enumerate(samples)
        ]
        for path, content in (("samples", made), ("outcomes", known)):
            answer = requests.post(f"http://{replica}/v1/{path}", json=content, timeout=60)
            assert answer.json()["rejected"] == 0, answer.text

    def query(self, expression: str) -> list[Point]:
        """Return the result of an instant query."""
        answer = requests.post(f"{self.prometheus}/api/v1/query", data={"query": expression}, timeout=30).json()
        assert answer["status"] == "success", (expression, answer)
        result: list[Point] = answer["data"]["result"]
        return result

    def values(self, expression: str, *labels: str) -> dict[Any, float]:
        """Return the values of an instant query by one or several labels."""
        found = {
            tuple(point["metric"].get(label, "") for label in labels): float(point["value"][1])
            for point in self.query(expression)
        }
        return {key[0]: value for key, value in found.items()} if len(labels) == 1 else dict(found)
