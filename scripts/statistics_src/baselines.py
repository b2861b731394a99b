"""Baselines: the same traffic, with a daily rhythm, compared with each baseline."""

from collections.abc import Iterator

import numpy as np
from inference_exporter.arrays import Floats
from inference_exporter.config.schema import DriftConfig
from inference_exporter.learning.learning import learn
from inference_exporter.reference.reference import Reference
from inference_exporter.samples.batch import Batch, ModelKey

from .effort import Effort
from .live import Live, spread_over
from .page import Measured, percent, table

SEED = 20_07
HOUR, DAY = 3600.0, 86400.0
PER_HOUR = 200
REFERENCE_DAYS = 28
FIRST = 20_000 * DAY
KINDS = (
    ("`reference`, rows in no order", DriftConfig(baseline="reference"), False),
    ("`reference`", DriftConfig(baseline="reference"), True),
    ("`auto`", DriftConfig(), True),
    ("`rolling`, 7 days", DriftConfig(baseline="rolling"), True),
    ("`hour_of_day`", DriftConfig(baseline="hour_of_day"), True),
)
MOVED = (0.5, 1.0, 2.0)


def rhythm(times: Floats, random: np.random.Generator) -> Floats:
    """Return a feature that peaks in the evening: a wave of amplitude 1 with noise of standard deviation 1."""
    return np.asarray(np.sin(2 * np.pi * times / DAY) + random.normal(size=len(times)))


def measure(effort: Effort) -> Measured:
    """Return the table of baselines."""
    header = ("Windows against", "Clean", *(f"+ {by:g}, first day" for by in MOVED), f"+ {MOVED[-1]:g}, second week")
    return Measured({"baselines": table(header, list(baseline_rows(effort)))})


def reference_of(in_order: bool) -> Reference:
    """Return a reference of four weeks."""
    times = spread_over(FIRST, REFERENCE_DAYS * DAY, REFERENCE_DAYS * 24 * PER_HOUR)
    batch = Batch(len(times), ModelKey(), times, features={"x": rhythm(times, np.random.default_rng([SEED, 0]))})
    return learn(batch, in_order=in_order, seasons=("hour_of_day",) if in_order else (), created=0.0)


def baseline_rows(effort: Effort) -> Iterator[tuple[str, ...]]:
    """Yield the number of hours in which the feature is drifted: clean, and after a permanent shift."""
    references = {in_order: reference_of(in_order) for in_order in (False, True)}
    for name, drift, in_order in KINDS:
        clean, moved = 0.0, []
        for by in MOVED:
            found = hours_named(Live(references[in_order], HOUR, drift), by)
            clean = float(np.mean(found[24 : 7 * 24]))
            moved.append(float(np.mean(found[7 * 24 : 8 * 24])))
        yield (name, *(percent(share) for share in (clean, *moved, float(np.mean(found[-24:])))))


def hours_named(live: Live, by: float) -> list[bool]:
    """Return whether the feature is drifted in each hour of a clean week and of ten shifted days."""
    random = np.random.default_rng([SEED, 1])
    found = []
    for hour in range(17 * 24):
        times = spread_over(FIRST + (REFERENCE_DAYS * 24 + hour) * HOUR, HOUR, PER_HOUR)
        found.append(bool(live.named({"x": rhythm(times, random) + by * (hour >= 7 * 24)}, times)))
    return found
