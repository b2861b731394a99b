"""Natural variation, on public data with a daily and a weekly rhythm."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from inference_exporter.arrays import Column, Floats
from inference_exporter.config.schema import DriftConfig
from inference_exporter.learning.learning import learn
from inference_exporter.reference.grid import Grid
from inference_exporter.reference.natural_variation import CHOSEN, NaturalVariation
from inference_exporter.reference.reference import Reference
from inference_exporter.replay.tables import read_table
from inference_exporter.samples.batch import Batch, ModelKey
from inference_exporter.values.times import parsed_time
from numpy.typing import NDArray

from .effort import Effort
from .live import Live
from .page import Measured, digits, percent, table, whole

SEED = 20_05
DAY = 86400.0
MONTH = 30 * DAY
CALENDAR = 146_097 * DAY  # 400 years: then the calendar repeats, weekdays included
LEFT_OUT = {
    "electricity": {"row_id", "timestamp", "price_up", "day_of_week"},
    "bike_sharing": {"row_id", "timestamp", "yr", "mnth", "season", "weekday", "casual", "registered", "cnt"},
}
SHOWN = {"electricity": ("nswdemand", "nswprice", "transfer"), "bike_sharing": ("temp", "hum", "windspeed")}
MOVED = {"electricity": "nswdemand", "bike_sharing": "temp"}
DAYS = {"electricity": (2, 7, 28), "bike_sharing": (3, 7, 28)}
SHIFTS = (0.0, 1.0, 3.0)  # shifts of one feature, in standard deviations


@dataclass(frozen=True, eq=False)
class Recording:
    """A data set by time: odd months are the reference, even months the traffic."""

    name: str
    times: Floats
    columns: dict[str, Column]

    @property
    def per_day(self) -> int:
        """Rows per day."""
        return round(DAY / float(np.median(np.diff(self.times))))

    def take(self, rows: NDArray[np.intp]) -> Batch:
        """Return the given rows."""
        return Batch(len(self.times), ModelKey(), self.times, features=self.columns).take(rows)

    def months(self, odd: bool) -> NDArray[np.intp]:
        """Return the rows of every other month."""
        return np.flatnonzero((self.times // MONTH % 2 == 1) == odd)

    def learned(self, in_order: bool) -> Reference:
        """Return the reference of odd months, learned with or without their order."""
        return learn(self.take(self.months(odd=True)), in_order=in_order, created=0.0)


def recordings(effort: Effort) -> Iterator[Recording]:
    """Yield the available data sets."""
    for name, left_out in LEFT_OUT.items():
        path = effort.data / f"{name}.csv.gz" if effort.data else None
        if path is not None and path.exists():
            content = read_table(path)
            times = np.array([parsed_time(text) for text in content["timestamp"]])
            yield Recording(name, times, {key: column for key, column in content.items() if key not in left_out})


def measure(effort: Effort) -> Measured:
    """Return the tables; empty without data."""
    found = list(recordings(effort))
    if len(found) < len(LEFT_OUT):
        return Measured()
    bands = [row for recording in found for row in band_rows(recording)]
    outcomes = [row for recording in found for row in outcome_rows(recording, effort)]
    of_bands = ("Data", "Feature", "Some days", "A week", "Four weeks")
    of_outcomes = ("Data", "Window", "Rows", "Without order", *(f"In order, + {by:g} sd" for by in SHIFTS))
    return Measured({"bands": table(of_bands, bands, left=2), "rhythm": table(of_outcomes, outcomes, left=2)})


def band_rows(recording: Recording) -> Iterator[tuple[str, ...]]:
    """Yield the shift that some features need, in standard deviations, and a window's effective samples."""
    grid = Grid(recording.learned(in_order=True))
    variation, default = NaturalVariation.of(grid, CHOSEN), np.sqrt(DriftConfig().threshold)
    names = [column.name for column in grid.columns]
    for name in SHOWN[recording.name]:
        cells = []
        for days in DAYS[recording.name]:
            samples, place = days * recording.per_day, names.index(name)
            band = variation.bands(samples, days * DAY)["location"][place]
            design = variation.design_effects(samples, days * DAY)["location"][place]
            cells.append(f"{digits(float(max(band, default)))} ({digits(float(samples / design))})")
        yield (recording.name, f"`{name}`", *cells)


class Judge:
    """Judges periods of a recording's even months against the reference of the odd ones."""

    def __init__(self, recording: Recording, days: int, in_order: bool) -> None:
        self._recording, self._seconds = recording, days * DAY
        reference = recording.learned(in_order)
        self._live = Live(reference, self._seconds)
        self._moved = MOVED[recording.name]
        self._unit = next(column.stddev for column in reference.columns if column.name == self._moved)
        self._later = 0.0

    def named(self, rows: NDArray[np.intp], by: float) -> bool:
        """Return whether a window has a drifted feature; for a shifted one, whether the shifted feature is drifted."""
        batch = self._recording.take(rows)
        features = dict(batch.features)
        features[self._moved] = np.asarray(features[self._moved], dtype=np.float64) + by * self._unit
        # Centuries later, so that hour, weekday and month stay the same and the window runs empty.
        self._later += CALENDAR
        self._live.empty(float(batch.times[0]) + self._later)
        found = self._live.named(features, batch.times + self._later)
        return self._moved in found if by else bool(found)


def outcome_rows(recording: Recording, effort: Effort) -> Iterator[tuple[str, ...]]:
    """Yield how often periods of the even months are drifted: unchanged, and shifted."""
    clean = recording.months(odd=False)
    for days in DAYS[recording.name]:
        size = days * recording.per_day
        judges = [Judge(recording, days, in_order) for in_order in (False, True)]
        random = np.random.default_rng([SEED, size])
        # Each period lies within one month.
        starts = [start for start in range(len(clean) - size) if clean[start + size - 1] - clean[start] == size - 1]
        chosen = [clean[start : start + size] for start in random.choice(starts, effort.of(200)).tolist()]
        kinds = [(judges[0], 0.0), *((judges[1], by) for by in SHIFTS)]
        shares = [np.mean([judge.named(rows, by) for rows in chosen]) for judge, by in kinds]
        yield (recording.name, f"{days}d", whole(size), *(percent(float(share)) for share in shares))
