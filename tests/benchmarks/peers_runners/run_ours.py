"""This project at its defaults: its windows of 5m, 1h and 24h, asked every 15 seconds of event time.

The arrival rate is such that the shortest of the default windows (5m) holds as many samples as the peers' window,
so that both see the same amount of data: N / 300 samples a second. The 1h and 24h windows are judged beside it, as
they are in production; a feature is flagged where any window says so. Streams with times of their own have a window of
N samples and one of twelve times as many, a look each twentieth of the shorter, and a reference that knows its seasons.
"""

import time
from functools import lru_cache

import numpy as np
from common import Decisions, Stream, ends, found, load, main, n_rows
from engine import KEY, START, Engine
from inference_exporter.config.schema import DEFAULT_WINDOWS, ModelConfig, Window
from inference_exporter.learning.learning import learn
from inference_exporter.model.histograms import Histograms
from inference_exporter.reference.grid import Located
from inference_exporter.reference.reference import Reference, build
from inference_exporter.samples.batch import Batch

LOOK_SECONDS = 15.0
LENGTH = DEFAULT_WINDOWS[0].seconds


@lru_cache(maxsize=4)
def reference_of(path: str) -> Reference:
    """Return the reference of a table without times."""
    columns = load(path)
    return build(columns, n_rows(columns), created=START)


def check(stream: Stream, size: int, decisions: Decisions) -> None:
    """Judge a stream both ways."""
    if stream["times"] is not None:
        _check_seasonal(stream, size, decisions)
        return
    columns = load(stream["stream"])
    sliding = Engine(reference_of(stream["reference"]), DEFAULT_WINDOWS)
    located = sliding.locate(columns, n_rows(columns))
    _slide(sliding, located, stream, size, decisions)
    alone = Engine(reference_of(stream["reference"]), (Window("5m", LENGTH),))
    _judge_chunks(alone, located, stream, size, decisions)


def _slide(engine: Engine, located: Located, stream: Stream, size: int, decisions: Decisions) -> None:
    """Ask every 15 seconds, until the drift is found."""
    step = round(size / LENGTH * LOOK_SECONDS)
    for place, (start, end) in enumerate(ends(stream["rows"], step)):
        started = time.process_time()
        flagged = _flagged_after(engine, located, start, end, START + place * LOOK_SECONDS)
        decisions.timed(size, time.process_time() - started)
        decisions.add("ours", stream, size, end, flagged)
        if found(stream, end, flagged):
            break


def _judge_chunks(engine: Engine, located: Located, stream: Stream, size: int, decisions: Decisions) -> None:
    """Judge each chunk alone, as the peers do: the window is empty before, and looked at once when full."""
    for place, (start, end) in enumerate(ends(stream["rows"], size)):
        flagged = _flagged_after(engine, located, start, end, START + 10 * LENGTH * place)
        decisions.add("ours, chunk by chunk", stream, size, end, flagged)
        if found(stream, end, flagged):
            break


def _flagged_after(engine: Engine, located: Located, start: int, end: int, now: float) -> list[str]:
    rows = np.arange(start, end)
    engine.feed(located.counts(rows, engine.grid.n_cells), located.sums(rows), now)
    declared = engine.at(now).any(axis=0)
    return [name for name, flagged in zip(engine.names, declared, strict=True) if flagged]


@lru_cache(maxsize=8)
def seasonal_reference_of(path: str, times: str) -> Reference:
    """Return the reference of a table with times."""
    columns = load(path)
    rows = n_rows(columns)
    return learn(Batch(rows, KEY, load(times)["times"][:rows], features=columns), in_order=True, created=START)


def _check_seasonal(stream: Stream, size: int, decisions: Decisions) -> None:
    """Judge a stream at its own times both ways."""
    columns, reference = load(stream["stream"]), seasonal_reference_of(stream["reference"], stream["times"])
    times = load(stream["times"])["times"][-n_rows(columns) :]
    seconds = size * float(times[1] - times[0])
    windows = (Window("short", seconds), Window("long", 12 * seconds))
    sliding = Histograms(reference, ModelConfig("m", "1"), windows)
    for start, end in ends(stream["rows"], max(size // 20, 1)):
        started = time.process_time()
        flagged = _flagged_at(sliding, windows, columns, times, slice(start, end))
        decisions.timed(size, time.process_time() - started)
        decisions.add("ours", stream, size, end, flagged)
        if found(stream, end, flagged):
            break
    for start, end in ends(stream["rows"], size):
        alone = Histograms(reference, ModelConfig("m", "1"), windows[:1])
        flagged = _flagged_at(alone, windows[:1], columns, times, slice(start, end))
        decisions.add("ours, chunk by chunk", stream, size, end, flagged)
        if found(stream, end, flagged):
            break


def _flagged_at(
    histograms: Histograms, windows: tuple[Window, ...], columns: dict, times: np.ndarray, rows: slice
) -> list[str]:
    when = times[rows]
    sent = Batch(len(when), KEY, when, features={name: column[rows] for name, column in columns.items()})
    histograms.add(histograms.grid.locate(sent), when, float(when[-1]))
    views = [histograms.view(window.name, float(when[-1])) for window in windows]
    names = [column.name for column in histograms.grid.columns]
    return [name for place, name in enumerate(names) if any(view.drifted[place] == 1 for view in views)]


if __name__ == "__main__":
    main("inference-exporter", check)
