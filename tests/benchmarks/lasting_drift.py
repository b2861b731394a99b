"""Lasting drift in data with a rhythm: which columns are named within one window length of a shift that stays.

    python tests/benchmarks/lasting_drift.py ../../shared/data

For each set, the reference is the first part with its times, seasons and bands as by default. From some moments of the
rest on, all numeric columns are shifted for good. Those count whose Kolmogorov-Smirnov statistic against the baseline
exceeds 0.5 once the window is full. A window looks twenty times until then; printed are how many shifts were named, and
which not. Beside it stands the largest statistic that a stretch of the reference as long as the window has by itself:
where it is above 0.5 too, such a window is as natural as a drifted one, and no tool can have both.
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

LOOKS, LEAST_ROWS = 20, 50
ENOUGH_KS = 0.5
SHIFTS_SD = (1.5, 2.0, 3.0, 4.0, 6.0)


@dataclass(frozen=True)
class Data:
    """A data set: the name of its times, its numeric columns, the share that makes the reference, its windows.

    Without times its values follow a made-up rhythm of hours and weekdays.
    """

    name: str
    time: str
    columns: tuple[str, ...]
    reference: float
    windows: tuple[str, ...]


SETS = (
    Data("electricity", "timestamp", ("nswprice", "nswdemand"), 0.5, ("7d", "28d")),
    Data("bike_sharing", "timestamp", ("temp", "atemp", "hum", "windspeed", "casual", "registered"), 0.5,
         ("7d", "28d")),
    Data("hotel_bookings", "", ("lead_time", "adr", "stays_in_week_nights"), 0.6, ("1d", "7d")),
    Data("bank_marketing", "", ("age", "duration", "euribor3m"), 0.6, ("1d", "7d")),
)  # fmt: skip
DAY = 86400.0
RHYTHM_DAYS, ROWS_AN_HOUR, RHYTHM_SHARE = 98, 6, 0.6


def table(folder: Path, data: Data) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return the times and the columns of a set, in order of time."""
    with gzip.open(folder / f"{data.name}.csv.gz", "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    columns = {name: np.array([float(row[name]) for row in rows]) for name in data.columns}
    if not data.time:
        return _rhythmic(columns)
    times = np.array([datetime.fromisoformat(row[data.time]).replace(tzinfo=UTC).timestamp() for row in rows])
    order = np.argsort(times, kind="stable")
    return times[order], {name: column[order] for name, column in columns.items()}


def _rhythmic(columns: dict[str, np.ndarray]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return the values of columns at times of their own: high at noon and low on weekends, beside as much chance."""
    random = np.random.default_rng(0)
    times = 20_000 * DAY + np.arange(RHYTHM_DAYS * 24 * ROWS_AN_HOUR) * 3600.0 / ROWS_AN_HOUR
    hours = np.sqrt(2) * np.sin(2 * np.pi * (times / DAY - 0.25))
    weekend = ((times // DAY + 3) % 7 >= 5) * -1.5
    rhythm = (hours + weekend - weekend.mean()) / (hours + weekend).std()
    found = {}
    for name, values in columns.items():
        place = np.sqrt(RHYTHM_SHARE) * rhythm + np.sqrt(1 - RHYTHM_SHARE) * random.normal(size=len(times))
        found[name] = np.sort(random.choice(values, len(times)))[np.argsort(np.argsort(place))]
    return times, found


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
    natural: float
    """The largest statistic of a stretch of the reference, as long as the window."""


def run(times: np.ndarray, columns: dict[str, np.ndarray], data: Data, starts: int) -> Iterator[Found]:
    """Yield what is found for each window, start and shift."""
    cut = int(data.reference * len(times))
    reference = learn(batch(times[:cut], {name: values[:cut] for name, values in columns.items()}), in_order=True)
    for name in data.windows:
        window = parse_window(name)
        natural = {key: _natural(times[:cut], values[:cut], window.seconds) for key, values in columns.items()}
        moments = np.linspace(times[cut], times[-1] - window.seconds, starts)
        for start in moments.tolist():
            rows = np.flatnonzero((times >= start) & (times < start + window.seconds))
            clean = _looked(reference, window, times[rows], {key: values[rows] for key, values in columns.items()})
            for shift in SHIFTS_SD:
                moved = {key: values[rows] + shift * values[:cut].std() for key, values in columns.items()}
                named = _looked(reference, window, times[rows], moved)
                for key, (ks, drifted) in named.items():
                    yield Found(key, name, shift, ks, drifted, clean[key][1], natural[key])


def _natural(times: np.ndarray, values: np.ndarray, seconds: float) -> float:
    """Return the largest statistic of a stretch of some length against all values."""
    every = np.sort(values)
    found = []
    for start in np.arange(times[0], times[-1] - seconds, seconds):
        own = values[(times >= start) & (times < start + seconds)]
        if len(own) >= LEAST_ROWS:
            share = np.searchsorted(np.sort(own), every, side="right") / len(own)
            found.append(np.abs(share - np.searchsorted(every, every, side="right") / len(every)).max())
    return float(max(found, default=np.nan))


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
    if not of:
        return "too few samples"
    clean, natural = sum(each.clean for each in of), of[0].natural
    return (
        f"{sum(each.named for each in of)} of {len(of)} named, missed: {', '.join(missed) or '-'}; "
        f"{clean} named without a shift; natural statistic up to {natural:.2f}"
    )


if __name__ == "__main__":
    main()
