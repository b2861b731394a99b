"""Lasting drift in data with a rhythm: which columns are named within one window length of a shift that stays.

    python tests/benchmarks/lasting_drift.py ../../shared/data

For each set, the reference is the first part with its times, seasons and bands as by default. From some moments of the
rest on, a numeric column is shifted for good, by so much that its Kolmogorov-Smirnov statistic against the baseline,
once the window is full, exceeds 0.5. A window looks twenty times until it is full; the share of columns
named by then is printed, and the columns that were not.
"""

import argparse
import csv
import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from inference_exporter.config.schema import ModelConfig, parse_window
from inference_exporter.learning.learning import learn
from inference_exporter.model.histograms import Histograms
from inference_exporter.samples.batch import Batch, ModelKey

LOOKS = 20
ENOUGH_KS = 0.5
SHIFTS_SD = (1.5, 2.0, 3.0, 4.0, 6.0)


@dataclass(frozen=True)
class Data:
    """A data set: the name of its times, its numeric columns, the share that makes the reference, its windows."""

    name: str
    time: str
    columns: tuple[str, ...]
    reference: float
    windows: tuple[str, ...]


SETS = (
    Data("electricity", "timestamp", ("nswprice", "nswdemand"), 0.5, ("1d", "7d", "28d")),
    Data("bike_sharing", "timestamp", ("temp", "atemp", "hum", "windspeed", "casual", "registered"), 0.5,
         ("7d", "28d")),
)  # fmt: skip


def table(folder: Path, data: Data) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return the times and the columns of a set, in order of time."""
    with gzip.open(folder / f"{data.name}.csv.gz", "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    times = np.array([datetime.fromisoformat(row[data.time]).replace(tzinfo=UTC).timestamp() for row in rows])
    order = np.argsort(times, kind="stable")
    return times[order], {name: np.array([float(row[name]) for row in rows])[order] for name in data.columns}


def batch(times: np.ndarray, features: dict[str, np.ndarray]) -> Batch:
    """Return rows as samples."""
    return Batch(len(times), ModelKey("m", "1", "champion"), times, features=features)


@dataclass(frozen=True)
class Found:
    """Whether a shift of one column was named until the window was full."""

    column: str
    window: str
    shift: float
    ks: float
    named: bool
    clean: bool
    """Whether the unshifted window was named too."""


def run(times: np.ndarray, columns: dict[str, np.ndarray], data: Data, starts: int) -> Iterator[Found]:
    """Yield what is found for each window, start and shift."""
    cut = int(data.reference * len(times))
    reference = learn(batch(times[:cut], {name: values[:cut] for name, values in columns.items()}), in_order=True)
    for name in data.windows:
        window = parse_window(name)
        moments = np.linspace(times[cut], times[-1] - window.seconds, starts)
        for start in moments.tolist():
            rows = np.flatnonzero((times >= start) & (times < start + window.seconds))
            clean = _looked(reference, window, times[rows], {key: values[rows] for key, values in columns.items()})
            for shift in SHIFTS_SD:
                moved = {key: values[rows] + shift * values[:cut].std() for key, values in columns.items()}
                named = _looked(reference, window, times[rows], moved)
                for key, (ks, drifted) in named.items():
                    yield Found(key, name, shift, ks, drifted, clean[key][1])


def _looked(reference, window, times, features) -> dict[str, tuple[float, bool]]:
    """Return the final Kolmogorov-Smirnov statistic of each column, and whether any look named it."""
    histograms = Histograms(reference, ModelConfig(), (window,))
    named = np.zeros(len(features), dtype=bool)
    for rows in np.array_split(np.arange(len(times)), LOOKS):
        sent = batch(times[rows], {key: values[rows] for key, values in features.items()})
        histograms.add(histograms.grid.locate(sent), sent.times, float(times[rows][-1]))
        view = histograms.view(window.name, float(times[rows][-1]))
        named |= view.drifted == 1
    ks = view.drift["ks_statistic"]
    names = [column.name for column in reference.columns]
    return {name: (float(ks[place]), bool(named[place])) for place, name in enumerate(names)}


def main() -> None:
    """Print the share of lasting shifts that are named within a window length."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--starts", type=int, default=6)
    options = parser.parse_args()
    for data in SETS:
        found = [each for each in run(*table(options.folder, data), data, options.starts) if each.ks > ENOUGH_KS]
        for window in data.windows:
            for column in data.columns:
                print(f"{data.name} {window} {column}: {summary(found, window, column)}")


def summary(found: list[Found], window: str, column: str) -> str:
    """Return how many shifts of a column were named in a window, in words."""
    of = [each for each in found if each.window == window and each.column == column]
    by_shift = {shift: [each.named for each in of if each.shift == shift] for shift in SHIFTS_SD}
    missed = [f"{shift:g} sd" for shift, named in by_shift.items() if not all(named)]
    clean = sum(each.clean for each in of)
    return f"{sum(each.named for each in of)} of {len(of)} named, missed: {', '.join(missed) or '-'}; {clean} unshifted"


if __name__ == "__main__":
    main()
