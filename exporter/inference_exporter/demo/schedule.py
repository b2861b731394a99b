"""What to send, in order of event time: requests by the hour, outcomes as flights arrive, notices."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .incidents import Notice, Value, as_received, notices
from .names import FEATURES, MINUTES_ORIGIN

SAMPLES_PER_REQUEST = 100
A_YEAR = pd.Timedelta(days=364)
"""Whole weeks, so that weekdays do not change."""


@dataclass(frozen=True)
class Outcome:
    """The outcome of a flight, known at `time`."""

    time: float
    id: str
    outcome: str
    minutes: float | None
    """For the second model, which predicts flights from one airport."""


@dataclass(frozen=True)
class Request:
    """Flights that leave at about the same time, in one request, sent when the last one leaves."""

    time: float
    instances: list[dict[str, Value]]


Step = Request | Outcome | Notice


def following_years(flights: pd.DataFrame, start: pd.Timestamp) -> Iterator[pd.DataFrame]:
    """Yield the flights moved to the following year, from `start` on, then to the next year, endlessly."""
    for year in itertools.count(1):
        shift = year * A_YEAR
        later = flights[flights["time"] + shift >= start]
        yield later.assign(
            time=later["time"] + shift, outcome_time=later["outcome_time"] + shift, id=later["id"] + f"+{year}"
        )
        start = flights["time"].max() + shift


def requests(flights: pd.DataFrame) -> Iterator[Request]:
    """Yield the flights of each hour in requests of bounded size, with features as they reach the model."""
    seconds = _seconds(flights["time"])
    # Keep arrays and convert one slice per request: as Python values the year would fill half a gigabyte.
    columns = [seconds, *(flights[name].to_numpy() for name in ("id", *FEATURES))]
    for first, last in _hourly_slices(flights["time"]):
        rows = zip(*(_plain(column[first:last]) for column in columns), strict=True)
        # At the last departure of the slice, so that no flight is predicted before its time.
        yield Request(seconds[last - 1].item(), [_instance(*row) for row in rows])


def outcomes(flights: pd.DataFrame) -> Iterator[Outcome]:
    """Yield the outcomes in the order in which they become known."""
    known = flights[flights["outcome_time"].notna()].sort_values("outcome_time")
    minutes = known["delay_minutes"].where(known["origin"] == MINUTES_ORIGIN).to_numpy()
    columns = (_seconds(known["outcome_time"]), known["id"], known["outcome"], _plain(minutes))
    for second, id, outcome, minute in zip(*columns, strict=True):
        yield Outcome(second.item(), id, outcome, minute)


def notices_of(flights: pd.DataFrame) -> Iterator[Notice]:
    """Yield the notices within the period of the flights."""
    first, last = flights["time"].min(), flights["time"].max()
    return (notice for notice in notices() if first <= notice.time <= last)


def _hourly_slices(times: pd.Series) -> Iterator[tuple[int, int]]:
    hours = times.dt.floor("h").to_numpy()
    first = 0
    for last in range(1, len(hours) + 1):
        if last == len(hours) or hours[last] != hours[first] or last - first == SAMPLES_PER_REQUEST:
            yield first, last
            first = last


def _seconds(times: pd.Series) -> NDArray[np.float64]:
    """Return the times as Unix seconds."""
    seconds: NDArray[np.float64] = (times - pd.Timestamp(0, tz="UTC")).dt.total_seconds().to_numpy()
    return seconds


def _plain(column: NDArray[Any]) -> list[Any]:
    """Return the values as JSON types, None if missing."""
    return [None if value != value else value for value in column.tolist()]


def _instance(second: float, id: str, *values: Value) -> dict[str, Value]:
    time = datetime.fromtimestamp(second, UTC)
    features = as_received(dict(zip(FEATURES, values, strict=True)), time)
    return {"id": id, "time": time.strftime("%Y-%m-%dT%H:%M:%SZ"), **features}
