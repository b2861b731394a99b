"""How fast counting and measuring are: samples a second, milliseconds a refresh, all measures and verdicts of a window.

Run it with ``python tests/benchmarks/measures_speed.py --features 1000``. Everything happens in this process and on one
core; of many rounds the fastest is shown, in CPU time, which another program on the machine does not add to. Beside
each number stands what the same costs feature by feature: numpy's searchsorted and bincount for counting, and for
measuring what a loop over features with numpy and scipy on the raw values of the same window takes.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import numpy as np
import scipy.spatial.distance
import scipy.stats
from inference_exporter.arrays import Floats
from inference_exporter.config.schema import DEFAULT_WINDOWS, ModelConfig
from inference_exporter.measures.drift import MEASURES
from inference_exporter.model.histograms import Histograms
from inference_exporter.reference.reference import build
from inference_exporter.samples.batch import Batch, ModelKey

THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
START = 1_800_000_000.0
KEY = ModelKey("m", "1", "champion")
REFRESHED = ("psi", "js_distance", "ks_statistic", "wasserstein_normalized")
REFERENCE_ROWS = 6000
WINDOW_ROWS = 3000


def fastest(run: Callable[[], object], rounds: int) -> float:
    """Return the least CPU time of some rounds, in seconds."""
    times = []
    for _ in range(rounds):
        began = time.thread_time()
        run()
        times.append(time.thread_time() - began)
    return min(times)


def columns_of(rng: np.random.Generator, n_columns: int, rows: int, shift: float) -> dict[str, Floats]:
    """Return normal, skewed and whole-numbered features in turn."""
    draws = (
        lambda: rng.normal(shift, 1, rows),
        lambda: rng.exponential(1 + shift, rows),
        lambda: rng.poisson(400 + 20 * shift, rows).astype(np.float64),
    )
    return {f"x{index}": draws[index % len(draws)]() for index in range(n_columns)}


def batches(rng: np.random.Generator, n_columns: int, rows: int, seconds: float) -> Iterator[Batch]:
    """Yield ever newer batches of the same values, spread over some seconds each."""
    features = columns_of(rng, n_columns, rows, 0.1)
    first = START
    while True:
        yield Batch(rows, KEY, first + np.arange(rows) * (seconds / rows), features=features)
        first += seconds


def counting(rng: np.random.Generator, n_columns: int) -> None:
    """Print how many samples a second are counted into three windows."""
    reference = build(columns_of(rng, n_columns, REFERENCE_ROWS, 0.0), REFERENCE_ROWS)
    for rows in (1024, 16384, 65536):
        histograms = Histograms(reference, ModelConfig(), DEFAULT_WINDOWS)
        stream = batches(rng, n_columns, rows, 60.0)

        def count(histograms: Histograms = histograms, stream: Iterator[Batch] = stream) -> None:
            batch = next(stream)
            histograms.add(histograms.grid.locate(batch), batch.times, float(batch.times[-1]))

        def naively(histograms: Histograms = histograms, stream: Iterator[Batch] = stream) -> None:
            batch = next(stream)
            for column in histograms.grid.columns:
                values = batch.features[column.name]
                cells = column.buckets.cuts.searchsorted(values, side="right")
                for _ in DEFAULT_WINDOWS:
                    np.bincount(cells, minlength=400)

        ours, theirs = rows / fastest(count, 7), rows / fastest(naively, 3)
        print(
            f"count   {n_columns:5d} features, blocks of {rows:6d}: {ours:12,.0f} samples/s, 3 windows"
            f"   (loop {theirs:12,.0f}, x {ours / theirs:.1f})"
        )


def measuring(rng: np.random.Generator, n_columns: int, shift: float) -> None:
    """Print what a refresh, and what all measures and verdicts of one window, cost."""
    learned = columns_of(rng, n_columns, REFERENCE_ROWS, 0.0)
    histograms = Histograms(build(learned, REFERENCE_ROWS), ModelConfig(), DEFAULT_WINDOWS)
    window = columns_of(rng, n_columns, WINDOW_ROWS, shift)
    times = START + np.arange(WINDOW_ROWS) * (3000 / WINDOW_ROWS)
    batch = Batch(WINDOW_ROWS, KEY, times, features=window)
    now = float(times[-1])
    histograms.add(histograms.grid.locate(batch), times, now)
    cells = histograms.grid.n_cells / n_columns
    buckets = histograms.grid.n_buckets.max()
    print(f"measure {n_columns:5d} features of {cells:.0f} cells and up to {buckets} buckets, shifted by {shift} sd:")

    def refresh() -> None:
        counted = histograms.counted("1h", now)
        comparison = histograms.measuring.compare(counted.cells, counted.moments)
        for key in REFRESHED:
            MEASURES[key].compute(comparison)

    looks = iter(range(10**9))

    def everything() -> None:
        later = now + 200.0 * next(looks) / 10_000
        histograms._looks["1h"].verdict = type(histograms._looks["1h"].verdict).unknown(n_columns)  # a look each time
        view = histograms.view("1h", later)
        assert dict(view.drift) and view.drifted is not None
        assert view.psi_critical is not None and view.quality is not None and view.mean_and_stddev is not None

    few = min(n_columns, 100)

    def some_naively() -> None:
        for name in list(window)[:few]:
            by_feature(learned[name], window[name])

    loop = fastest(some_naively, 2) * n_columns / few
    for label, run in (("refresh of " + ", ".join(REFRESHED), refresh), ("all measures and the verdict", everything)):
        ours = fastest(run, 25)
        print(f"  {label}: {ours * 1e3:.2f} ms   (loop {loop * 1e3:.0f} ms, x {loop / ours:.0f})")
    if shift:
        return
    view = histograms.view("1h", now)
    for key, measure in MEASURES.items():
        alone = fastest(lambda measure=measure: measure.compute(view.comparison), 9)  # type: ignore[misc]
        print(f"    {key:24s} {alone * 1e3:7.3f} ms")


def by_feature(reference: Floats, window: Floats) -> tuple[float, ...]:
    """Return the refreshed measures of one feature as a loop with numpy and scipy computes them."""
    edges = np.unique(np.quantile(reference, np.linspace(0, 1, 21)[1:-1]))
    p, q = (np.bincount(np.searchsorted(edges, side), minlength=len(edges) + 1) + 0.5 for side in (reference, window))
    p, q = p / p.sum(), q / q.sum()
    return (
        float(((q - p) * np.log(q / p)).sum()),
        float(scipy.spatial.distance.jensenshannon(p, q, base=2)),
        float(scipy.stats.ks_2samp(reference, window, method="asymp").statistic),
        float(scipy.stats.wasserstein_distance(reference, window) / reference.std(ddof=1)),
    )


def main() -> None:
    """Print all numbers of one run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--features", type=int, default=1000)
    arguments = parser.parse_args()
    if any(os.environ.get(name) != "1" for name in THREADS):  # it must be set before numpy is there
        sys.exit(subprocess.call([sys.executable, *sys.argv], env=os.environ | dict.fromkeys(THREADS, "1")))
    rng = np.random.default_rng(1)
    for n_columns in (10, 100):
        counting(rng, n_columns)
    for shift in (0.0, 0.1):  # nothing to tell, and every verdict a near thing
        measuring(rng, arguments.features, shift)


if __name__ == "__main__":
    main()
