"""This project at its defaults: one `Monitor` per stream and window size, looked at every 15 seconds of event time.

The arrival rate is such that the shortest of the default windows (5m) holds as many samples as the peers' window,
so that both see the same amount of data: N / 300 samples a second. The 1h and 24h windows are judged beside it, as
they are in production; a feature is flagged where any window says so.
"""

import time
from functools import lru_cache

import numpy as np
from common import Columns, Decisions, Stream, ends, found, load, main, n_rows
from inference_exporter.batch import Batch, ModelKey
from inference_exporter.config import DEFAULT_WINDOWS, ModelConfig, Window
from inference_exporter.learning import learn
from inference_exporter.monitor import Monitor
from inference_exporter.reference import Reference
from inference_exporter.view import ModelView

LOOK_SECONDS = 15.0
START = 1_800_000_000.0
KEY = ModelKey("m", "1", "champion")
LENGTH = DEFAULT_WINDOWS[0].seconds


@lru_cache(maxsize=4)
def reference_of(path: str) -> Reference:
    """Return the reference of a table, as `reference build` learns it of rows without times."""
    columns = load(path)
    rows = n_rows(columns)
    return learn(batch_of(columns, 0, rows, np.full(rows, START)), in_order=False, created=START)


def batch_of(columns: Columns, start: int, end: int, times: np.ndarray) -> Batch:
    """Return some rows as a batch."""
    return Batch(end - start, KEY, times, features={name: column[start:end] for name, column in columns.items()})


def flagged_in(view: ModelView) -> list[str]:
    """Return the features that any window declares."""
    flagged: dict[str, None] = {}
    for window in view.windows:
        assert window.histograms is not None
        for column, verdict in zip(window.histograms.grid.columns, window.histograms.drifted.tolist(), strict=True):
            if verdict == 1:
                flagged[column.name] = None
    return list(flagged)


def check(stream: Stream, size: int, decisions: Decisions) -> None:
    """Judge a stream both ways."""
    _sliding(stream, size, decisions)
    _chunk_by_chunk(stream, size, decisions)


def _sliding(stream: Stream, size: int, decisions: Decisions) -> None:
    """Look at the three windows every 15 seconds, until the drift is found."""
    columns = load(stream["stream"])
    monitor = Monitor(KEY, ModelConfig("m", "1"), DEFAULT_WINDOWS, reference_of(stream["reference"]))
    rate = size / LENGTH
    step = round(rate * LOOK_SECONDS)
    for start, end in ends(n_rows(columns), step):
        started = time.process_time()
        times = START + np.arange(start, end) / rate
        monitor.add(batch_of(columns, start, end, times), wall=times[-1])
        flagged = flagged_in(monitor.view(times[-1]))
        decisions.timed(size, time.process_time() - started)
        decisions.add("ours", stream, size, end, flagged)
        if found(stream, end, flagged):
            break


def _chunk_by_chunk(stream: Stream, size: int, decisions: Decisions) -> None:
    """Judge each chunk alone, as the peers do: a window that is empty before, and looked at once when full."""
    columns = load(stream["stream"])
    window = Window("5m", LENGTH)
    monitor = Monitor(KEY, ModelConfig("m", "1"), (window,), reference_of(stream["reference"]))
    for place, (start, end) in enumerate(ends(n_rows(columns), size)):
        times = np.full(size, START + 10 * LENGTH * place)
        monitor.add(batch_of(columns, start, end, times), wall=times[-1])
        flagged = flagged_in(monitor.view(times[-1]))
        decisions.add("ours, chunk by chunk", stream, size, end, flagged)
        if found(stream, end, flagged):
            break


if __name__ == "__main__":
    main("inference-exporter", check)
