"""What the fleet's rules cost a Prometheus: CPU seconds of one evaluation, by the number of features.

    .venv/bin/python tests/benchmarks/fleet_rules_cost.py --features 100,1000 --replicas 3

Stands in for the replicas, lets a real Prometheus scrape them every 15 s for some
minutes, and then asks it for the expression of each rule. The CPU time is the
process's, less what scraping alone takes. Windows longer than the run cost more:
an hour reads 12 points of each pooled series, a day 288.
"""

import argparse
import tempfile
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
import requests
import yaml
from inference_exporter.demo.processes import Processes, free_port
from inference_exporter.demo.stopping import Stop

REPOSITORY = Path(__file__).parents[2]
BUCKETS = 24
MINUTES = 6.5


def model_lines(features: int, scrapes: int) -> Iterator[str]:
    """Yield what a replica shows of a model with so many features, after so many scrapes."""
    model = f'model="m{features}",version="1",variant="champion"'
    yield f'model_drift_threshold{{{model},measure="psi_debiased"}} 0.1'
    yield f"model_window_minimum_samples{{{model}}} 50"
    for feature in range(features):
        labels = f'{model},feature="feature_{feature}",reference_version="0123456789ab"'
        yield f"model_feature_reference_samples{{{labels}}} 5000"
        for bucket in range(BUCKETS):
            of_bucket = f'{labels},bucket="{bucket:02d}"'
            yield f"model_feature_bucket_total{{{of_bucket}}} {scrapes * (bucket + 1)}"
            yield f"model_feature_reference_ratio{{{of_bucket}}} {1 / BUCKETS}"
            if bucket < BUCKETS - 2:
                yield f"model_feature_bucket_span_ratio{{{of_bucket}}} 0.2"


class Replica(BaseHTTPRequestHandler):
    """Answers a scrape; the server keeps how many there were."""

    def do_GET(self) -> None:
        self.server.scrapes += 1  # type: ignore[attr-defined]
        lines = [line for n in self.server.features for line in model_lines(n, self.server.scrapes)]  # type: ignore[attr-defined]
        body = ("\n".join([f"process_start_time_seconds {START}", *lines]) + "\n").encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


START = time.time()


def replicas(number: int, features: list[int]) -> Iterator[str]:
    """Start servers and yield their addresses."""
    for _ in range(number):
        server = ThreadingHTTPServer(("127.0.0.1", 0), Replica)
        server.features, server.scrapes = features, 0  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_address[1]}"


def expressions() -> Iterator[tuple[str, str]]:
    """Yield name and expression of each rule of drift, in order."""
    for group in yaml.safe_load((REPOSITORY / "prometheus" / "fleet" / "drift.yml").read_text())["groups"]:
        for rule in group["rules"]:
            yield f"{group['name']} {rule['record']}", rule["expr"]


def of_model(expression: str, model: str) -> str:
    """Return the expression for one model alone."""
    for name in ("model_feature_bucket_total", "model_feature_reference_ratio", "model_feature_reference_samples",
                 "model_feature_bucket_span_ratio"):  # fmt: skip
        expression = expression.replace(name, f'{name}{{model="{model}"}}')
    return expression


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--features", default="100,1000")
    parser.add_argument("--replicas", type=int, default=3)
    parser.add_argument("--prometheus", default="prometheus")
    flags = parser.parse_args()
    features = [int(number) for number in flags.features.split(",")]
    with tempfile.TemporaryDirectory() as name, Processes(Path(name), Stop()) as processes:
        targets = [{"targets": list(replicas(flags.replicas, features))}]
        content = {
            "global": {"scrape_interval": "15s", "evaluation_interval": "1m"},
            "rule_files": [str(REPOSITORY / "prometheus" / "fleet" / "drift.yml")],
            "scrape_configs": [{"job_name": "inference-exporter", "static_configs": targets}],
        }
        (Path(name) / "prometheus.yml").write_text(yaml.safe_dump(content))
        port = free_port()
        command = [
            flags.prometheus,
            "--config.file=prometheus.yml",
            "--query.timeout=10m",
            f"--web.listen-address=127.0.0.1:{port}",
        ]
        started = processes.start("prometheus", command, folder=Path(name))
        processes.await_ready("prometheus", f"http://127.0.0.1:{port}/-/ready")
        process = psutil.Process(started.pid)
        process = next((child for child in process.children(recursive=True) if "prometheus" in child.name()), process)
        threading.Event().wait(MINUTES * 60)
        report(f"http://127.0.0.1:{port}", process, features)


def cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def timed(address: str, process: psutil.Process, expression: str, idle: float) -> float:
    """Return the CPU seconds of one query, the least of three."""
    spent = []
    for _ in range(3):
        before, began = cpu(process), time.monotonic()
        query = {"query": f"count({expression})"}
        answer = requests.post(f"{address}/api/v1/query", data=query, timeout=600).json()
        assert answer["status"] == "success", answer
        spent.append(cpu(process) - before - idle * (time.monotonic() - began))
    return max(min(spent), 0.0)


def report(address: str, process: psutil.Process, features: list[int]) -> None:
    """Print CPU seconds of pooling, and of the rules by group as Prometheus measured them."""
    before = cpu(process)
    threading.Event().wait(30)
    idle = (cpu(process) - before) / 30
    pooling = next(expression for _, expression in expressions())
    print(f"scraping alone: {idle:.3f} CPU seconds a second; RSS {process.memory_info().rss / 1e6:.0f} MB")
    for number in features:
        print(f"{number} features: pooling {timed(address, process, of_model(pooling, f'm{number}'), idle):.2f} CPU s")
    groups = requests.get(f"{address}/api/v1/rules", timeout=30).json()["data"]["groups"]
    for group in groups:
        print(f"{group['name']}: {group['evaluationTime']:.2f} s of wall time for all models together")
        slowest = sorted(group["rules"], key=lambda rule: -rule["evaluationTime"])[:6]
        print("   ", ", ".join(f"{rule['name']} {rule['evaluationTime']:.2f}" for rule in slowest))


if __name__ == "__main__":
    main()
