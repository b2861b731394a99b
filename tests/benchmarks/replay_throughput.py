"""What a replay costs: samples per CPU second from Parquet, windows and looks included.

Run it with ``python tests/benchmarks/replay_throughput.py``. Each line replays a
file of its own in a process of its own, by the command itself: reading, windows,
verdicts, timeline. The reference is a file, as is usual; the time of start-up
(imports) stands beside. Samples have a time and numeric features, every tenth
of text; no ids and no outcomes.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
from inference_exporter.learning.learning import learn
from inference_exporter.reference.reference import save
from inference_exporter.samples.batch import Batch, ModelKey
from pyarrow import parquet

CASES = ((10, 4_000_000, 10), (100, 400_000, 10))  # features, samples, days
ROUNDS = 3
CONFIG = "models:\n  - {name: m, version: '1', reference: reference.json}\n"


def columns(random: np.random.Generator, features: int, rows: int) -> dict[str, object]:
    """Return features: standard normal, every tenth one of five words."""
    words = np.array(["FR", "DE", "ES", "IT", "PL"])
    return {
        f"f{i}": words[random.integers(5, size=rows)] if i % 10 == 9 else random.normal(size=rows)
        for i in range(features)
    }


def write(folder: Path, features: int, rows: int, days: float) -> None:
    """Write a reference, its configuration, and a recording without drift."""
    random = np.random.default_rng(0)
    normal = {
        name: values if values.dtype == np.float64 else values.tolist()  # type: ignore[attr-defined]
        for name, values in columns(random, features, 20_000).items()
    }
    times = np.arange(20_000.0)
    save(learn(Batch(20_000, ModelKey("m", "1"), times, normal), in_order=True, model="m"), folder / "reference.json")
    (folder / "config.yml").write_text(CONFIG)
    when = np.sort(1.77e9 + random.random(rows) * days * 86400)
    table = pa.table({"when": when, **columns(random, features, rows)})
    parquet.write_table(table, folder / "data.parquet", row_group_size=max(2_000_000 // features, 1000))


def replayed(folder: Path) -> tuple[dict[str, float], float]:
    """Return the throughput that one replay reports, and the CPU seconds of the whole process."""
    command = [sys.executable, "-m", "inference_exporter", "replay", "data.parquet", "--config.file=config.yml",
               "--time-column=when", "--clean-draws=0", "--json=report.json"]  # fmt: skip
    before = os.times()
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    after = os.times()
    cpu = after.children_user - before.children_user + after.children_system - before.children_system
    return json.loads((folder / "report.json").read_text())["throughput"], cpu


def main() -> None:
    """Print a line for each case."""
    print("features    samples  looks  samples/CPU s  samples/s  CPU s of the whole process")
    for features, rows, days in CASES:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write(folder, features, rows, days)
            runs = [replayed(folder) for _ in range(ROUNDS)]
            best, cpu = max(runs, key=lambda run: run[0]["samples_per_cpu_second"])
            print(
                f"{features:8} {rows:10,} {best['looks']:6,} {best['samples_per_cpu_second']:14,.0f} "
                f"{best['samples'] / best['seconds']:10,.0f} {cpu:10.1f}",
                flush=True,
            )


if __name__ == "__main__":
    started = time.perf_counter()
    main()
    print(f"{time.perf_counter() - started:.0f} s")
