"""Incidents in the data feeds, which the data quality alerts must catch.

Each lasts seven weeks (fourteen seconds of the demo), longer than those alerts
wait, and ends early enough for them to resolve.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

Value = str | float | int | None
HECTOPASCALS_PER_INCH_OF_MERCURY = 33.8639


@dataclass(frozen=True)
class Incident:
    """A period in which one feature arrives changed."""

    title: str
    text: str
    feature: str
    start: datetime
    end: datetime
    change: Callable[[Value], Value]

    def active(self, time: datetime) -> bool:
        """Return whether a sample at this time is affected."""
        return self.start <= time < self.end


@dataclass(frozen=True)
class Notice:
    """An event for the time axis."""

    time: datetime
    kind: str
    title: str
    text: str


def to_inches_of_mercury(value: Value) -> Value:
    """Convert a pressure to the wrong unit."""
    return round(value / HECTOPASCALS_PER_INCH_OF_MERCURY, 2) if isinstance(value, int | float) else value


def to_icao(value: Value) -> Value:
    """Return the ICAO code of JetBlue; other carriers keep their IATA code."""
    return "JBU" if value == "B6" else value


def to_missing(_: Value) -> Value:
    """Drop the value."""
    return None


def _day(month: int, day: int) -> datetime:
    return datetime(2013, month, day, tzinfo=UTC)


# One of each kind: a wrong unit, a missing column, a new code. They do not overlap, so each has its own alerts.
INCIDENTS = (
    Incident(
        title="Pressure in inches of mercury",
        text="A new release of the weather feed sends inHg; the model expects hPa.",
        feature="pressure",
        start=_day(5, 20),
        end=_day(7, 8),
        change=to_inches_of_mercury,
    ),
    Incident(
        title="Visibility missing",
        text="The weather feed no longer sends visibility.",
        feature="visib",
        start=_day(7, 22),
        end=_day(9, 9),
        change=to_missing,
    ),
    Incident(
        title="JetBlue under another code",
        text="The schedule feed sends JBU (ICAO) instead of B6 (IATA).",
        feature="carrier",
        start=_day(9, 23),
        end=_day(11, 11),
        change=to_icao,
    ),
)


def as_received(features: dict[str, Value], time: datetime) -> dict[str, Value]:
    """Return the features as they reach the model at this time."""
    changes = {i.feature: i.change(features.get(i.feature)) for i in INCIDENTS if i.active(time)}
    return {**features, **changes}


def notices(incidents: Iterable[Incident] = INCIDENTS) -> list[Notice]:
    """Return the start and end of each incident, by time."""
    both = []
    for incident in incidents:
        both.append(Notice(incident.start, "incident", incident.title, incident.text))
        both.append(Notice(incident.end, "recovery", f"Fixed: {incident.title}", "The feed is back to normal."))
    return sorted(both, key=lambda notice: notice.time)
