import itertools

import pytest

pd = pytest.importorskip("pandas", reason="the demo extra is not installed")

from inference_exporter.demo.incidents import INCIDENTS, Notice  # noqa: E402 - after the check for pandas
from inference_exporter.demo.names import FEATURES  # noqa: E402
from inference_exporter.demo.schedule import (  # noqa: E402
    A_YEAR,
    SAMPLES_PER_REQUEST,
    Outcome,
    Request,
    following_years,
    notices_of,
    outcomes,
    requests,
)
from inference_exporter.demo.traffic import moment_of, steps_of  # noqa: E402


def flights(times, **changed):
    times = pd.to_datetime(times, utc=True)
    table = pd.DataFrame(
        {
            "id": [f"f{number}" for number in range(len(times))],
            "time": times,
            "outcome": "late",
            "delay_minutes": 20.0,
            "outcome_time": times + pd.Timedelta(hours=3),
        }
    )
    return table.assign(**dict.fromkeys(FEATURES, 1.0) | changed)


def test_flights_of_an_hour_share_a_request():
    """A request holds flights of one hour, has a bounded size, and is sent when its last flight leaves."""
    crowd = ["2013-06-01T10:59:00Z"] * (SAMPLES_PER_REQUEST + 1)
    sent = list(requests(flights(["2013-06-01T09:30:00Z", *crowd, "2013-06-01T11:00:00Z"])))
    assert [len(request.instances) for request in sent] == [1, SAMPLES_PER_REQUEST, 1, 1]
    assert sent[0].time == pd.Timestamp("2013-06-01T09:30:00Z").timestamp()
    assert sent[0].instances[0]["time"] == "2013-06-01T09:30:00Z"


def test_a_missing_value_is_null():
    """JSON has no NaN."""
    (request,) = requests(flights(["2013-05-02T10:00:00Z"]).assign(wind_gust=float("nan")))
    assert request.instances[0]["wind_gust"] is None
    assert set(request.instances[0]) == {"id", "time", *FEATURES}


def test_incidents_change_what_is_sent():
    """The model gets features as changed by the broken feed."""
    time = INCIDENTS[1].start
    (request,) = requests(flights([time]))
    assert request.instances[0]["visib"] is None


def test_outcomes_come_as_they_became_known():
    """Outcomes come in order of arrival, only for flights that arrived."""
    table = flights(["2013-06-01T10:00:00Z", "2013-06-01T11:00:00Z", "2013-06-01T12:00:00Z"])
    table.loc[0, "outcome_time"] = pd.Timestamp("2013-06-02T00:00:00Z")
    table.loc[1, "outcome_time"] = pd.NaT
    assert [outcome.id for outcome in outcomes(table)] == ["f2", "f0"]


def test_minutes_are_known_of_the_second_model_s_flights():
    """Only flights from the airport of the second model have an outcome in minutes."""
    table = flights(["2013-06-01T10:00:00Z", "2013-06-01T11:00:00Z"], origin=["JFK", "EWR"])
    assert [outcome.minutes for outcome in outcomes(table)] == [20.0, None]


def test_steps_are_in_order_of_time():
    """Requests, outcomes and notices come as one stream, earliest first."""
    table = flights(pd.date_range("2013-05-01", "2013-12-31", freq="6h", tz="UTC"))
    moments = [moment_of(step) for step in steps_of(table)]
    assert moments == sorted(moments)
    kinds = {type(step) for step in steps_of(table)}
    assert kinds == {Request, Outcome, Notice}


def test_notices_of_other_times_are_not_sent():
    """A replay only sends notices within its period."""
    assert list(notices_of(flights(["2013-05-02T10:00:00Z", "2013-05-03T10:00:00Z"]))) == []


def test_the_next_years_go_on_where_this_one_ends():
    """Flights repeat a year later, with new ids and on the same weekdays."""
    table = flights(pd.date_range("2013-01-01T12:00:00Z", "2013-12-31T12:00:00Z", freq="D"))
    years = list(itertools.islice(following_years(table, pd.Timestamp("2013-12-31T00:00:00Z")), 3))
    assert years[0]["time"].min() == pd.Timestamp("2013-12-31T12:00:00Z")
    times = pd.concat([year["time"] for year in years])
    ids = pd.concat([table["id"], *(year["id"] for year in years)])
    assert times.is_monotonic_increasing and ids.is_unique
    assert A_YEAR.days % 7 == 0
