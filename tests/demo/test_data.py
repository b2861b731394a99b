import pytest

pd = pytest.importorskip("pandas", reason="the demo extra is not installed")

from inference_exporter.demo.data import (  # noqa: E402
    REPLAY_END,
    TRAINING_END,
    load_flights,
    prepare,
    reference_flights,
    replayed_flights,
    training_flights,
)
from inference_exporter.demo.names import FEATURES  # noqa: E402


def flight(**changed):
    return {
        "month": 7, "day": 1, "hour": 17, "minute": 30, "time_hour": "2013-07-01T21:00:00Z",
        "carrier": "UA", "flight": 1, "origin": "EWR", "dest": "DEN", "distance": 1605,
        "dep_time": 1740.0, "dep_delay": 10.0, "arr_time": 2000.0, "arr_delay": 16.0, "air_time": 235.0,
    } | changed  # fmt: skip


def weather(hour, temp):
    columns = ("dewp", "humid", "wind_dir", "wind_speed", "wind_gust", "precip", "pressure", "visib")
    return {"origin": "EWR", "time_hour": hour, "temp": temp} | dict.fromkeys(columns, 1.0)


def prepared(*flights, hours=(("2013-07-01T20:00:00Z", 70.0), ("2013-07-01T21:00:00Z", 99.0))):
    return prepare(pd.DataFrame(flights), pd.DataFrame([weather(*hour) for hour in hours]))


def test_a_flight_is_known_by_what_was_known_before():
    """Time is the scheduled departure in UTC, the weather that of the hour before, the weekday New York's."""
    row = prepared(flight()).iloc[0]
    assert row["id"] == "UA1-EWRDEN-0701T2130"
    assert row["time"] == pd.Timestamp("2013-07-01T21:30:00Z")
    assert (row["temp"], row["weekday"], row["scheduled_hour"]) == (70.0, "Mon", 17)


def test_nothing_leaks():
    """Features do not leak the outcome: they do not depend on actual departure and arrival."""
    one, other = prepared(flight()), prepared(flight(dep_time=1800.0, dep_delay=30.0, arr_delay=99.0, air_time=240.0))
    pd.testing.assert_frame_equal(one[list(FEATURES)], other[list(FEATURES)])


@pytest.mark.parametrize(("delay", "outcome"), [(15.0, "on_time"), (16.0, "late"), (-30.0, "on_time")])
def test_late_is_more_than_fifteen_minutes(delay, outcome):
    """15 minutes is on time, 16 is late."""
    assert prepared(flight(arr_delay=delay)).iloc[0]["outcome"] == outcome


def test_the_outcome_is_known_on_arrival():
    """21:30 UTC, 10 minutes late, 235 in the air and 25 on the ground (20:00 in Denver is 260 minutes after 17:40)."""
    assert prepared(flight()).iloc[0]["outcome_time"] == pd.Timestamp("2013-07-02T02:00:00Z")


def test_a_cancelled_flight_has_no_outcome():
    """A cancelled flight is predicted and never gets an outcome."""
    row = prepared(flight(dep_time=None, dep_delay=None, arr_time=None, arr_delay=None, air_time=None)).iloc[0]
    assert pd.isna(row["outcome"]) and pd.isna(row["outcome_time"])
    assert row["carrier"] == "UA"


def test_an_hour_reported_twice_makes_one_flight():
    """When daylight saving time ends, an hour has two reports but the flight appears once."""
    assert len(prepared(flight(), hours=[("2013-07-01T20:00:00Z", 70.0)] * 2)) == 1


@pytest.mark.slow
def test_the_year():
    """Every flight of the year, once; the three parts do not overlap, and odd days are held out for the reference."""
    try:
        table = load_flights()
    except ModuleNotFoundError as error:
        pytest.skip(str(error))
    assert len(table) == 336_776 and table["id"].is_unique and table["time"].is_monotonic_increasing
    learned, held_out, replayed = training_flights(table), reference_flights(table), replayed_flights(table)
    left_out = table[table["time"] >= REPLAY_END]
    assert len(learned) + len(held_out) + len(replayed) + len(left_out) == len(table)
    assert replayed["temp"].isna().mean() < 0.01
    assert learned["time"].max() < TRAINING_END <= replayed["time"].min()
    assert not set(learned["id"]) & set(held_out["id"])
    assert (table["outcome_time"] > table["time"]).where(table["outcome"].notna(), True).mean() > 0.999
