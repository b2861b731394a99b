"""The streams that every tool sees: a reference, and samples that at some point may begin to drift.

All are seeded. Synthetic data has twenty features of many shapes, of which at most one changes. Real data is the
four public sets: random halves are clean by construction; later periods in their order of time drift. Seasonal data
follows hours and weekdays; times are known to tools that ask for them.
"""

import csv
import gzip
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from common import Columns, n_rows, save
from inference_exporter.replay.tables import read_table

REFERENCE_ROWS = 10_000
CLEAN_ROWS = 4_000
BEFORE, AFTER = (2_000, 3_000), 2_500  # samples before the onset (drawn) and after it

Random = np.random.Generator
Change = Callable[[Columns, Random], list[str]]


@dataclass(frozen=True)
class Stream:
    """One stream as the manifest holds it; `onset` is the first drifted sample, None where all are clean."""

    id: str
    kind: str
    reference: str
    stream: str
    onset: int | None = None
    drifted: list[str] | None = None
    """The features that change; None where any may."""
    compare: bool = False
    times: str | None = None
    """A table with the times of the samples, after those of the reference; None where they are in no order."""


def synthetic(random: Random, n: int) -> Columns:
    """Return twenty features of many shapes."""
    missing = random.random(n) < 0.1
    texts = {
        "three": (["red", "green", "blue"], [0.7, 0.2, 0.1]),
        "ten": ([f"t{index}" for index in range(10)], None),
        "rare": (["usual", "seldom"], [0.99, 0.01]),
    }
    zipf = np.minimum(random.zipf(1.6, n), 40)
    return {
        "normal": random.normal(0, 1, n),
        "normal far": random.normal(1000, 5, n),
        "normal small": random.normal(0.001, 0.0001, n),
        "uniform": random.random(n),
        "exponential": random.exponential(1, n),
        "lognormal": random.lognormal(0, 1, n),
        "heavy": random.standard_t(2.5, n),
        "gamma": random.gamma(2, 2, n),
        "beta": random.beta(0.5, 0.5, n),
        "two humps": random.normal(0, 1, n) + 5 * (random.random(n) < 0.3),
        "counts": random.poisson(3, n).astype(float),
        "hours": random.integers(0, 24, n).astype(float),
        "flag": (random.random(n) < 0.2).astype(float),
        "mostly zero": np.where(random.random(n) < 0.8, 0.0, random.exponential(1, n)),
        "rounded": np.round(random.normal(20, 3, n)),
        "some missing": np.where(missing, np.nan, random.normal(0, 1, n)),
        **{name: random.choice(values, n, p=weights).tolist() for name, (values, weights) in texts.items()},
        "zipf": [f"z{value}" for value in zipf],
    }


def shifted(name: str, deviations: float) -> Change:
    """Move a feature by some of its standard deviations."""

    def change(columns: Columns, _: Random) -> list[str]:
        columns[name] = columns[name] + deviations * np.nanstd(columns[name])
        return [name]

    return change


def scaled(name: str, factor: float) -> Change:
    """Widen a feature about its mean."""

    def change(columns: Columns, _: Random) -> list[str]:
        mean = np.nanmean(columns[name])
        columns[name] = mean + (columns[name] - mean) * factor
        return [name]

    return change


def unit(name: str, factor: float) -> Change:
    """Change the unit of a feature."""

    def change(columns: Columns, _: Random) -> list[str]:
        columns[name] = columns[name] * factor
        return [name]

    return change


def missing(name: str, share: float) -> Change:
    """Lose a share of a feature's values."""

    def change(columns: Columns, random: Random) -> list[str]:
        lost = random.random(n_rows(columns)) < share
        columns[name] = np.where(lost, np.nan, columns[name])
        return [name]

    return change


def new_category(name: str, share: float) -> Change:
    """Let a category appear that the reference never had."""

    def change(columns: Columns, random: Random) -> list[str]:
        new = random.random(n_rows(columns)) < share
        columns[name] = ["new" if is_new else value for value, is_new in zip(columns[name], new, strict=True)]
        return [name]

    return change


def one_outlier(columns: Columns, _: Random) -> list[str]:
    """One value of a million in the whole stream: no drift."""
    columns["normal"][700] = 1e6
    return []


def one_new_category(columns: Columns, _: Random) -> list[str]:
    """One new category, once: no drift."""
    columns["ten"][700] = "new"
    return []


def nothing(columns: Columns, _: Random) -> list[str]:
    """Change nothing."""
    return []


CLEAN: dict[str, Change] = {
    "clean": nothing,
    "one outlier of 1e6": one_outlier,
    "one new category, once": one_new_category,
}
DRIFTS: dict[str, Change] = {
    "mean +0.25 sd, normal": shifted("normal", 0.25),
    "mean +0.5 sd, normal": shifted("normal", 0.5),
    "mean +0.75 sd, normal": shifted("normal far", 0.75),
    "mean +1 sd, normal": shifted("normal small", 1.0),
    "mean +0.5 sd, uniform": shifted("uniform", 0.5),
    "mean +0.5 sd, gamma": shifted("gamma", 0.5),
    "mean +0.5 sd, two humps": shifted("two humps", 0.5),
    "scale x1.5, normal": scaled("normal", 1.5),
    "scale x2, normal": scaled("normal", 2.0),
    "missing 0 -> 5 %": missing("normal", 0.05),
    "new category of 2 %": new_category("ten", 0.02),
    "unit x10, gamma": unit("gamma", 10.0),
    "mean +1 sd, one 1e6 in the reference": shifted("normal", 1.0),
}
SPOILED: dict[str, Change] = {"mean +1 sd, one 1e6 in the reference": one_outlier}
"""What is wrong with the reference of a drift: it must not hide the change."""
QUICK = ("mean +0.5 sd, normal", "scale x2, normal", "missing 0 -> 5 %", "new category of 2 %", "unit x10, gamma")

START, INTERVAL_SECONDS, DAY = 1_790_000_000.0, 600.0, 86_400.0
RHYTHM_SHARE = 0.6  # of the variance
RHYTHMIC = ("normal", "gamma", "uniform", "lognormal", "two humps", "counts")
SEASONAL_DRIFTS: dict[str, Change] = {
    "seasonal: clean": nothing,
    "seasonal: mean +0.5 sd, normal": shifted("normal", 0.5),
    "seasonal: mean +1 sd, normal": shifted("normal", 1.0),
    "seasonal: mean +1 sd, gamma": shifted("gamma", 1.0),
    "seasonal: scale x2, normal": scaled("normal", 2.0),
}

# What tells time or identity, what is made of the outcome, and codes of hundreds of firms (in small windows Evidently
# takes those for prose and trains a classifier of words, which would be most of the run).
LEFT_OUT = {
    "electricity": {"row_id", "timestamp", "price_up"},
    "bike_sharing": {"row_id", "timestamp", "yr", "mnth", "season", "casual", "registered", "cnt"},
    "bank_marketing": {"row_id", "contact_month", "month", "y"},
    "hotel_bookings": {
        "row_id", "booking_date", "arrival_date", "label_date", "arrival_date_week_number", "reservation_status",
        "is_canceled", "agent", "company",
    },
}  # fmt: skip
LATER = {
    "electricity": ("1997-06", "1998-01"),
    "bike_sharing": ("2012-01", "2012-06"),
    "bank_marketing": ("2008-11", "2009-05"),
    "hotel_bookings": ("2016-03", "2017-01"),
}


def taken(columns: Columns, rows: np.ndarray) -> Columns:
    """Return some rows."""
    return {
        name: column[rows] if isinstance(column, np.ndarray) else [column[row] for row in rows.tolist()]
        for name, column in columns.items()
    }


def joined(first: Columns, second: Columns) -> Columns:
    """Return one table after the other."""
    return {
        name: np.concatenate([column, second[name]]) if isinstance(column, np.ndarray) else [*column, *second[name]]
        for name, column in first.items()
    }


class Writer:
    """Writes tables into a folder, each under a name of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def write(self, name: str, columns: Columns) -> str:
        """Write a table and return its path."""
        path = self._folder / f"{name}.npz"
        save(path, columns)
        return str(path)


def synthetic_streams(write: Writer, seeds: int, kinds: list[str]) -> Iterator[Stream]:
    """Yield clean and drifted streams of made-up data."""
    for seed in range(seeds):
        before = synthetic(np.random.default_rng([1, seed]), REFERENCE_ROWS)
        reference = write.write(f"synthetic-{seed}-reference", before)
        for place, (kind, change) in enumerate(CLEAN.items()):
            random = np.random.default_rng([2, seed, place])
            columns = synthetic(random, CLEAN_ROWS)
            change(columns, random)
            key = f"clean-{seed}-{place}"
            yield Stream(key, kind, reference, write.write(key, columns), compare=seed == 0 and place == 0)
        for place, kind in enumerate(DRIFTS):
            if kind not in kinds:
                continue
            random = np.random.default_rng([3, seed, place])
            onset = int(random.integers(*BEFORE))
            later = synthetic(random, AFTER)
            drifted = DRIFTS[kind](later, random)
            key = f"drift-{seed}-{place}"
            stream = write.write(key, joined(synthetic(random, onset), later))
            spoiled = reference
            if kind in SPOILED:
                SPOILED[kind](before, random)
                spoiled = write.write(f"{key}-reference", before)
            yield Stream(key, kind, spoiled, stream, onset, drifted)


def rhythmic(columns: Columns, times: np.ndarray, random: Random) -> Columns:
    """Return columns of which some are high at noon and low on weekends, beside chance."""
    hours = np.sqrt(2) * np.sin(2 * np.pi * (times / DAY - 0.25))
    weekend = ((times // DAY + 3) % 7 >= 5) * -1.5
    rhythm = (hours + weekend) / 1.2
    place = np.sqrt(RHYTHM_SHARE) * rhythm + np.sqrt(1 - RHYTHM_SHARE) * random.normal(size=len(times))
    order = np.argsort(np.argsort(place))
    return columns | {name: np.sort(columns[name])[order] for name in RHYTHMIC}


def seasonal_streams(write: Writer, seeds: int) -> Iterator[Stream]:
    """Yield clean and drifted streams of made-up data with a rhythm."""
    for seed in range(seeds):
        for place, (kind, change) in enumerate(SEASONAL_DRIFTS.items()):
            random = np.random.default_rng([5, seed, place])
            clean = change is nothing
            onset = CLEAN_ROWS if clean else int(random.integers(*BEFORE))
            rows = REFERENCE_ROWS + onset + (0 if clean else AFTER)
            times = START + np.arange(rows) * INTERVAL_SECONDS
            whole = rhythmic(synthetic(random, rows), times, random)
            parts = np.split(np.arange(rows), [REFERENCE_ROWS, REFERENCE_ROWS + onset])
            before, steady, later = (taken(whole, part) for part in parts)
            key = f"seasonal-{seed}-{place}"
            drifted = None if clean else change(later, random)
            stream = write.write(key, steady if clean else joined(steady, later))
            reference = write.write(f"{key}-reference", before)
            known = write.write(f"{key}-times", {"times": times})
            yield Stream(key, kind, reference, stream, None if clean else onset, drifted, times=known)


def real_streams(write: Writer, data: Path, quick: bool) -> Iterator[Stream]:
    """Yield clean and drifted streams of the public data sets."""
    for place, (name, later) in enumerate(LATER.items()):
        table = read_table(data / f"{name}.csv.gz")
        columns = {column: values for column, values in table.items() if column not in LEFT_OUT[name]}
        with gzip.open(data / f"{name}_predictions.csv.gz", "rt") as file:
            rows = list(csv.DictReader(file))
        random = np.random.default_rng([4, place])
        order = random.permutation(len(rows))
        half = order[: min(len(rows) // 2, 20_000)]
        reference = write.write(f"{name}-half", taken(columns, half))
        clean = taken(columns, order[len(rows) // 2 :][:CLEAN_ROWS])
        yield Stream(f"{name}-clean", f"{name}, random halves", reference, write.write(f"{name}-clean", clean))
        early = np.flatnonzero([row["split"] in ("train", "reference") for row in rows])
        early = random.permutation(early)
        reference = write.write(f"{name}-early", taken(columns, early[: len(early) // 2]))
        periods = np.array([row["period"] for row in rows])
        for period in later[:1] if quick else later:
            onset = int(random.integers(*BEFORE))
            before = random.choice(early[len(early) // 2 :], onset, replace=False)
            after = np.flatnonzero(periods >= period)[:AFTER]
            key = f"{name}-{period}"
            stream = write.write(key, joined(taken(columns, before), taken(columns, after)))
            yield Stream(key, f"{name} from {period}", reference, stream, onset)


def make(folder: Path, data: Path | None, quick: bool, seeds: int) -> list[dict]:
    """Write all streams and return the manifest's list of them."""
    write = Writer(folder)
    kinds = list(QUICK if quick else DRIFTS)
    streams = [*synthetic_streams(write, seeds, kinds), *seasonal_streams(write, seeds)]
    if data is not None:
        streams += real_streams(write, data, quick)
    return [asdict(stream) for stream in streams]
