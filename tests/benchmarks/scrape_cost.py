"""What a scrape costs: CPU time when all values changed and when none did, plain and compressed.

Run it with ``python tests/benchmarks/scrape_cost.py [features]``. In one process: the
view of a model, its scrape and the compression of it, beside a bare join of the
same lines. Then through HTTP: the CPU time of all processes of a real sidecar,
for scrapes with gzip as Prometheus asks for them, and without.
"""

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from inference_exporter.config.schema import Config, ModelConfig
from inference_exporter.exposition.render import OPENMETRICS_TEXT
from inference_exporter.exposition.scrape import Scrape
from inference_exporter.learning.learning import learn
from inference_exporter.model.monitor import Monitor
from inference_exporter.samples.batch import Batch, ModelKey
from intake_throughput import Sidecar, columns, post, running

KEY = ModelKey("fraud", "7", "champion")
ROUNDS = 8


def milliseconds(call: Callable[[], object]) -> float:
    """Return the CPU time of a call."""
    started = time.process_time()
    call()
    return (time.process_time() - started) * 1000


def batch(n_features: int, rows: int, seed: int, now: float = np.nan) -> Batch:
    """Return samples of a model."""
    return Batch(rows, KEY, np.full(rows, now), features=columns(n_features, rows, seed))


def in_process(n_features: int) -> None:
    """Measure one model without sockets; the best of some rounds."""
    monitor = Monitor(KEY, ModelConfig(*KEY[:2]), Config().windows, learn(batch(n_features, 2000, 0), in_order=False))
    scrape = Scrape(lambda: [monitor.view(time.time())], {})
    costs: dict[str, list[float]] = {name: [] for name in ("changed", "compressed", "the same", "the same, compressed")}
    for seed in range(ROUNDS):
        monitor.add(batch(n_features, 500, seed, time.time()), time.time())
        for names in (("changed", "compressed"), ("the same", "the same, compressed")):
            costs[names[0]].append(milliseconds(lambda: scrape.answer(OPENMETRICS_TEXT, scrape.names)))
            answer = scrape.answer(OPENMETRICS_TEXT, scrape.names)
            costs[names[1]].append(milliseconds(answer.gzipped))
    lines = b"".join(answer.pieces).splitlines(keepends=True)
    bare = min(milliseconds(lambda: b"".join(lines)) for _ in range(ROUNDS))
    print(
        f"{n_features} features, {len(lines):,} lines, {sum(map(len, lines)) / 1e6:.1f} MB; join of lines {bare:.2f} ms"
    )
    print(f"{'in process':<24}{'CPU ms':>9}{'a 100,000':>11}{'joins':>8}")
    for name, measured in costs.items():
        best = min(measured)
        print(f"{name:<24}{best:>9.2f}{best / len(lines) * 1e5:>11.2f}{best / bare:>8.2f}")


def cpu_milliseconds(sidecar: Sidecar) -> float:
    """Return the CPU time of all threads of a sidecar; Linux counts nanoseconds, where ``times`` counts hundredths."""
    threads = [
        path
        for process in (sidecar.process, *sidecar.process.children(recursive=True))
        for path in Path(f"/proc/{process.pid}/task").glob("*/schedstat")
    ]
    return sum(int(path.read_text().split()[0]) for path in threads) / 1e6


def asked(sidecar: Sidecar, encoding: str, before: Callable[[], object] = lambda: None) -> float:
    """Return the CPU time for one scrape, the median of some; `before` each something may happen."""
    spent = []
    for _ in range(ROUNDS):
        before()
        started = cpu_milliseconds(sidecar)
        sidecar.connection.request("GET", "/metrics", headers={"Accept": OPENMETRICS_TEXT, "Accept-Encoding": encoding})
        sidecar.connection.getresponse().read()
        spent.append(cpu_milliseconds(sidecar) - started)
    return statistics.median(spent)


def through_http(n_features: int) -> None:
    """Measure a sidecar: the CPU time of its processes."""
    body = post(n_features, full=False)
    few = b"\n".join(body.splitlines()[:20]) + b"\n"
    with running(n_features) as sidecar:
        sidecar.ask("POST", "/v1/samples", body)
        print(f"{'through HTTP':<24}{'CPU ms':>9}")
        for encoding in ("gzip", "identity"):
            changed = asked(sidecar, encoding, lambda: sidecar.ask("POST", "/v1/samples", few))
            print(f"{'changed, ' + encoding:<24}{changed:>9.1f}")
            print(f"{'the same, ' + encoding:<24}{asked(sidecar, encoding):>9.1f}")


if __name__ == "__main__":
    features = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    in_process(features)
    through_http(features)
