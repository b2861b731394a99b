"""Natural variation and baselines, on public data with a daily and weekly rhythm."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from inference_exporter.batch import Batch, Column, Floats, ModelKey
from inference_exporter.buckets import NumericBuckets
from inference_exporter.config import ModelConfig
from inference_exporter.grid import Grid
from inference_exporter.judging import Judging
from inference_exporter.learning import learn
from inference_exporter.measuring import Measuring
from inference_exporter.native import parsed_time
from inference_exporter.reference import Reference
from inference_exporter.tables import read_table
from inference_exporter.variation import NaturalVariation
from numpy.typing import NDArray

from .effort import Effort
from .page import Measured, digits, percent, table, whole
from .power import ordinary_significance

SEED = 20_05
MONTH_SECONDS = 30 * 86400.0
LEFT_OUT = {
    "electricity": {"row_id", "timestamp", "price_up", "day_of_week"},
    "bike_sharing": {"row_id", "timestamp", "yr", "mnth", "season", "weekday", "casual", "registered", "cnt"},
}
SHOWN = {"electricity": ("nswdemand", "nswprice", "transfer"), "bike_sharing": ("temp", "hum", "windspeed")}
MOVED = {"electricity": "nswdemand", "bike_sharing": "temp"}
SIZES = (50, 200, 500)
BAND_SIZES = (50, 500, 2000)
SHIFT = 1.0  # standard deviations that one feature is moved by


@dataclass(frozen=True, eq=False)
class Recording:
    """A data set in order of time: its odd months are the reference, its even months clean traffic."""

    name: str
    times: Floats
    columns: dict[str, Column]

    @property
    def spacing(self) -> float:
        """Seconds from row to row."""
        return float(np.median(np.diff(self.times)))

    def batch(self, rows: NDArray[np.intp]) -> Batch:
        """Return some rows."""
        whole = Batch(len(self.times), ModelKey(), self.times, features=self.columns)
        return whole.taken(rows)

    def months(self, odd: bool) -> NDArray[np.intp]:
        """Return the rows of every other month."""
        return np.flatnonzero((self.times // MONTH_SECONDS % 2 == 1) == odd)


def recordings(effort: Effort) -> Iterator[Recording]:
    """Yield the data sets that there are."""
    for name, left_out in LEFT_OUT.items():
        path = effort.data / f"{name}.csv.gz" if effort.data else None
        if path is not None and path.exists():
            content = read_table(path)
            times = np.array([parsed_time(text) for text in content["timestamp"]])
            yield Recording(name, times, {key: column for key, column in content.items() if key not in left_out})


def measure(effort: Effort) -> Measured:
    """Return the tables; nothing where there is no data."""
    found = list(recordings(effort))
    if len(found) < len(LEFT_OUT):
        return Measured()
    bands = [row for recording in found for row in band_rows(recording)]
    outcomes = [row for recording in found for row in outcome_rows(recording, effort)]
    sizes = (*(f"{whole(size)} rows" for size in BAND_SIZES), "a day", "a week")
    header = ("Data", "Rows in a row", "Named", "Named with bands", "Moved, named", "Moved, named with bands")
    return Measured(
        {"bands": table(("Data", "Feature", *sizes), bands, left=2), "rhythm": table(header, outcomes)},
    )


def learned(recording: Recording, in_order: bool) -> Reference:
    """Return the reference of odd months, with what their order tells or without."""
    return learn(recording.batch(recording.months(odd=True)), in_order=in_order, created=0.0)


def band_rows(recording: Recording) -> Iterator[tuple[str, ...]]:
    """Yield the band of location of some features, in standard deviations."""
    grid = Grid(learned(recording, in_order=True))
    variation = NaturalVariation.of(grid)
    names = [column.name for column in grid.columns]
    for name in SHOWN[recording.name]:
        of_sizes = _at(variation.sizes, variation.by_size, BAND_SIZES, names.index(name))
        of_periods = _at(variation.periods_seconds, variation.by_period, (86400.0, 7 * 86400.0), names.index(name))
        yield (recording.name, f"`{name}`", *of_sizes, *of_periods)


def _at(levels: Sequence[float], bands: object, wanted: Sequence[float], place: int) -> list[str]:
    own = bands.get("location") if isinstance(bands, dict) else None
    known = [level in levels and own is not None for level in wanted]
    return [
        digits(float(own[place, levels.index(level)])) if own is not None and there else "-"
        for level, there in zip(wanted, known, strict=True)
    ]


class Judge:
    """Judges windows of a recording's even months against what was learned of the odd ones."""

    def __init__(self, recording: Recording, in_order: bool) -> None:
        self._recording = recording
        self._grid = Grid(learned(recording, in_order))
        self._measuring = Measuring(self._grid)
        self._judging = Judging(self._grid, self._measuring, ModelConfig())
        self._located = self._grid.locate(recording.batch(np.arange(len(recording.times))))
        names = [column.name for column in self._grid.columns]
        self._moved = names.index(MOVED[recording.name])
        batch = recording.batch(np.arange(len(recording.times)))
        shifted = np.asarray(recording.columns[MOVED[recording.name]], dtype=np.float64)
        column = self._grid.columns[self._moved]
        assert isinstance(column.buckets, NumericBuckets)
        batch.features[column.name] = shifted + SHIFT * column.stddev  # type: ignore[index]
        self._shifted = self._grid.locate(batch)

    def named(self, rows: NDArray[np.intp], shifted: bool) -> bool:
        """Tell whether a window is named at all; of shifted ones, whether the feature that was moved is."""
        located = self._shifted if shifted else self._located
        cells = located.counts(rows, self._grid.n_cells)
        facts = self._judging.facts(cells, self._measuring.compare(cells, located.sums(rows)))
        seconds = len(rows) * self._recording.spacing
        drifted = self._judging.judge(facts, len(rows), seconds, ordinary_significance()).drifted
        return bool(drifted[self._moved] if shifted else drifted.any())


def outcome_rows(recording: Recording, effort: Effort) -> Iterator[tuple[str, ...]]:
    """Yield how often stretches of clean months are named, and how often stretches that were moved."""
    judges = [Judge(recording, in_order) for in_order in (False, True)]
    clean = recording.months(odd=False)
    for size in SIZES:
        random = np.random.default_rng([SEED, size])
        # A stretch lies in one month.
        starts = [start for start in range(len(clean) - size) if clean[start + size - 1] - clean[start] == size - 1]
        chosen = [clean[start : start + size] for start in random.choice(starts, effort.of(300)).tolist()]
        shares = [
            np.mean([judge.named(rows, shifted) for rows in chosen]) for shifted in (False, True) for judge in judges
        ]
        yield (recording.name, whole(size), *(percent(float(share)) for share in shares))
