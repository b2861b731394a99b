"""Measure the evaluation store in PostgreSQL: predictions written, outcomes looked up and claimed, bytes a row.

    python tests/benchmarks/evaluation_database.py postgresql://exporter@/bench?host=/tmp/socket --predictions 1000000

The URL is that of an empty database. Each prediction has 10 features of two decimals, one score and an id. Ids of
outcomes are drawn at random from all of them. CPU seconds are those of this process; seconds are of the clock, with
the server on the same machine, unless it is elsewhere.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
from evaluation_store import KEY, ids_of, write
from inference_exporter.evaluation.backends import BACKENDS
from inference_exporter.evaluation.backends._base import Place
from inference_exporter.evaluation.retention import Limits
from inference_exporter.evaluation.store import EvaluationStore

OUTCOMES = 100_000


def join(store: EvaluationStore, predictions: int, at_once: int) -> tuple[float, float]:
    """Look up and claim outcomes in batches; returns how many a second, and a CPU second."""
    rng = np.random.default_rng(at_once)
    wall, cpu, number = time.monotonic(), time.process_time(), 0
    for _ in range(max(1, OUTCOMES // at_once)):
        rows = np.unique(rng.integers(0, predictions, at_once))
        ids = ids_of(rows)
        found = store.find(KEY, ids)
        assert found is not None and len(found.rows) == len(rows)
        store.entry += 1
        ids = [ids[row] for row in found.rows.tolist()]
        times = found.times + 60
        assert store.claim(KEY, ids, found.times, [b'"yes"'] * len(ids), times, times) is not None
        number += len(rows)
    return number / (time.monotonic() - wall), number / (time.process_time() - cpu)


def main() -> None:
    """Print a line for each number."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("--predictions", type=int, default=1_000_000)
    parser.add_argument("--outcomes", type=int, nargs="+", default=[1, 100, 5_000, 50_000], help="sizes of batches")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = EvaluationStore(BACKENDS["postgresql"].make(Place(Path(folder), url=options.url), Limits(1e9, 1 << 40)))
        store.open(0)
        started = time.monotonic()
        spent = write(store, options.predictions, 2)
        seconds = time.monotonic() - started
        rows, size = store.state.rows, store.state.size
        print(
            f"written: {rows / spent:,.0f} a CPU second, {rows / seconds:,.0f} a second, {size / rows:.0f} bytes a row"
        )
        for at_once in options.outcomes:
            each, of_cpu = join(store, rows, at_once) if at_once > 1 else join_few(store, rows)
            print(f"joined in batches of {at_once:,}: {each:,.0f} a second, {of_cpu:,.0f} a CPU second")
        store.close()


def join_few(store: EvaluationStore, predictions: int) -> tuple[float, float]:
    """Look up and claim some hundred outcomes one by one."""
    rng = np.random.default_rng(1)
    wall, cpu, number = time.monotonic(), time.process_time(), 300
    for row in rng.integers(0, predictions, number):
        ids = ids_of(np.array([row]))
        found = store.find(KEY, ids)
        assert found is not None
        store.claim(KEY, ids, found.times, [b'"no"'], found.times, found.times)
    return number / (time.monotonic() - wall), number / (time.process_time() - cpu)


if __name__ == "__main__":
    main()
