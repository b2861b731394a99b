"""What goes wrong with the data on its way to the model, and when.

Neither the model nor the weather causes these: they are what the alerts on data
quality are for. Each lasts seven weeks, fourteen seconds of the demo,
which is longer than those alerts wait, and ends early enough for them to
resolve.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

Value = str | float | int | None
HECTOPASCALS_PER_INCH_OF_MERCURY = 33.8639


@dataclass(frozen=True)
class Incident:
    """A stretch of the year in which one feature arrives changed."""

    title: str
    text: str
    feature: str
    start: datetime
    end: datetime
    change: Callable[[Value], Value]

    def active(self, time: datetime) -> bool:
        """Return whether a sample of that time is hit."""
        return self.start <= time < self.end


@dataclass(frozen=True)
class Notice:
    """A moment that people want to see on the time axis."""

    time: datetime
    kind: str
    title: str
    text: str


def to_inches_of_mercury(value: Value) -> Value:
    """Return a pressure in the unit that the feed was never meant to send."""
    return round(value / HECTOPASCALS_PER_INCH_OF_MERCURY, 2) if isinstance(value, int | float) else value


def to_icao(value: Value) -> Value:
    """Return the three-letter code of JetBlue; other carriers keep their two letters."""
    return "JBU" if value == "B6" else value


def to_missing(_: Value) -> Value:
    """Return nothing."""
    return None


def _day(month: int, day: int) -> datetime:
    return datetime(2013, month, day, tzinfo=UTC)


INCIDENTS = (
    Incident(
        title="Pressure in inches of mercury",
        text="A new release of the weather feed sends inHg where the model expects hPa.",
        feature="pressure",
        start=_day(5, 20),
        end=_day(7, 8),
        change=to_inches_of_mercury,
    ),
    Incident(
        title="No visibility from the feed",
        text="The weather feed leaves out visibility.",
        feature="visib",
        start=_day(7, 22),
        end=_day(9, 9),
        change=to_missing,
    ),
    Incident(
        title="JetBlue under another code",
        text="The schedule feed sends JBU (ICAO) where it sent B6 (IATA).",
        feature="carrier",
        start=_day(9, 23),
        end=_day(11, 11),
        change=to_icao,
    ),
)


def as_received(features: dict[str, Value], time: datetime) -> dict[str, Value]:
    """Return the features as they reach the model at that time."""
    changes = {i.feature: i.change(features.get(i.feature)) for i in INCIDENTS if i.active(time)}
    return {**features, **changes}


def notices(incidents: Iterable[Incident] = INCIDENTS) -> list[Notice]:
    """Return the beginning and end of each incident, in order of time."""
    both = []
    for incident in incidents:
        both.append(Notice(incident.start, "incident", incident.title, incident.text))
        both.append(Notice(incident.end, "recovery", f"Fixed: {incident.title}", "The feed is as it was."))
    return sorted(both, key=lambda notice: notice.time)
