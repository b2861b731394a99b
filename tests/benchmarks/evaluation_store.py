"""Measure the evaluation store: predictions written and outcomes looked up per CPU second, and bytes a row.

    python tests/benchmarks/evaluation_store.py --predictions 1000000 --outcomes 5000 50000

Each prediction has 10 features, one score and an id. Ids of outcomes are drawn at random from all of them,
which is the worst case: outcomes that come in the order of their predictions share blocks. Memory is that of
the process at the end.
"""

import argparse
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
from inference_exporter.evaluation.backends.sqlite import SqliteBackend
from inference_exporter.evaluation.database import NAME
from inference_exporter.evaluation.retention import Limits
from inference_exporter.evaluation.store import EvaluationStore
from inference_exporter.samples.batch import ModelKey

KEY = ModelKey("benchmark", "1", "champion")
FEATURES, BATCH = 10, 8192
START = 1_800_000_000.0


def ids_of(rows: np.ndarray) -> list[str]:
    """Return the ids of some rows."""
    return [f"request-{row:010d}" for row in rows.tolist()]


def columns_of(rng: np.random.Generator, start: int, decimals: int | None) -> dict[str, object]:
    """Return the columns of a batch; features have all digits of a double, or some decimals."""
    values = rng.normal(size=(FEATURES, BATCH)) * 100
    features = values if decimals is None else np.round(values, decimals)
    classes = np.array(["no", "yes"], dtype=object)
    return {
        "time": START + (start + np.arange(BATCH)) / 100,
        "prediction": classes[rng.integers(0, 2, BATCH)].tolist(),
        "scores.yes": rng.random(BATCH),
        **{f"features.f{number}": feature for number, feature in enumerate(features)},
    }


def write(store: EvaluationStore, predictions: int, decimals: int | None) -> float:
    """Write predictions, and return the CPU seconds that it took."""
    rng = np.random.default_rng(0)
    spent = 0.0
    for number, start in enumerate(range(0, predictions, BATCH)):
        ids, columns = ids_of(np.arange(start, start + BATCH)), columns_of(rng, start, decimals)
        before = time.process_time()
        store.add(KEY, ids, columns)
        store.flush()
        if number % 16 == 0:
            store.tend()
        spent += time.process_time() - before
    before = time.process_time()
    store.tend()
    return spent + time.process_time() - before


def look_up(store: EvaluationStore, predictions: int, outcomes: int) -> float:
    """Return how many outcomes are looked up per CPU second, in batches of some size."""
    rng = np.random.default_rng(1)
    spent, number = 0.0, max(2, 50_000 // outcomes)
    for _ in range(number):
        ids = ids_of(rng.integers(0, predictions, outcomes))
        before = time.process_time()
        found = store.find(KEY, ids)
        spent += time.process_time() - before
        assert found is not None and len(found.rows) == outcomes
    return outcomes * number / spent


def main() -> None:
    """Print a line for each number."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--predictions", type=int, default=1_000_000)
    parser.add_argument("--outcomes", type=int, nargs="+", default=[5_000, 50_000], help="sizes of batches")
    parser.add_argument("--decimals", type=int, help="of the features (default: all digits of a double)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = EvaluationStore(SqliteBackend(Path(folder) / NAME, Limits(1e9, 1 << 40)))
        store.open(0)
        spent = write(store, options.predictions, options.decimals)
        rows = store.state.rows
        store._backend.writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        print(f"written: {rows / spent:,.0f} predictions per CPU second, {store.state.size / rows:.0f} bytes a row")
        for outcomes in options.outcomes:
            print(
                f"looked up in batches of {outcomes:,}: {look_up(store, rows, outcomes):,.0f} outcomes per CPU second"
            )
        print(f"memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
        store.close()


if __name__ == "__main__":
    main()
