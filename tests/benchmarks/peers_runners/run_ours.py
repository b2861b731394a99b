"""This project at its defaults: its windows of 5m, 1h and 24h, asked every 15 seconds of event time.

The arrival rate is such that the shortest of the default windows (5m) holds as many samples as the peers' window,
so that both see the same amount of data: N / 300 samples a second. The 1h and 24h windows are judged beside it, as
they are in production; a feature is flagged where any window says so.
"""

import time
from functools import lru_cache

import numpy as np
from common import Decisions, Stream, ends, found, load, main, n_rows
from engine import START, Engine
from inference_exporter.config.schema import DEFAULT_WINDOWS, Window
from inference_exporter.reference.grid import Located
from inference_exporter.reference.reference import Reference, build

LOOK_SECONDS = 15.0
LENGTH = DEFAULT_WINDOWS[0].seconds


@lru_cache(maxsize=4)
def reference_of(path: str) -> Reference:
    """Return the reference of a table without times."""
    columns = load(path)
    return build(columns, n_rows(columns), created=START)


def check(stream: Stream, size: int, decisions: Decisions) -> None:
    """Judge a stream both ways."""
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


if __name__ == "__main__":
    main("inference-exporter", check)
