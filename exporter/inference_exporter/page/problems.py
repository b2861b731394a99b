"""Problems of a model's input in one window, for the page and the JSON."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..detectors.event_times.watch import EventTimesView, EventTimesWindow
from ..detectors.values.learn import formats_of
from ..detectors.values.learn_duplicates import RECORD as DUPLICATES
from ..detectors.values.watch import ValuesView
from ..explain.formatting import number, share
from ..explain.problems import problems_of, renames_of
from ..model.view import ModelView, WindowView

# A judgement: retries make some per cent of duplicates; a sender that sends everything twice makes half.
DUPLICATES_BEYOND = 0.1


@dataclass(frozen=True)
class ProblemSummary:
    """One problem of one feature; `to` is its new name or the conversion of its unit, else empty."""

    feature: str
    reason: str
    text: str
    ratio: float
    reference_ratio: float
    to: str


@dataclass(frozen=True)
class RenameSummary:
    """A feature that disappeared, its likely new name, and the similarity of names and values, 0 to 1."""

    feature: str
    to: str
    score: float
    name_similarity: float
    agreement: float


@dataclass(frozen=True)
class EventTimesSummary:
    """Event times compared with arrival times; a negative lag means an event time after its arrival."""

    samples: int
    lag_seconds: Mapping[str, float]
    future_ratio: float
    skew_seconds: float
    time_zone_hours: float
    problems: tuple[str, ...]


@dataclass(frozen=True)
class DuplicatesSummary:
    """Repeated samples, by id and by all features."""

    id_ratio: float
    sample_ratio: float
    sample_expected_ratio: float


@dataclass(frozen=True)
class SchemaSummary:
    """Problems of a model's input in one window."""

    model: str
    version: str
    variant: str
    window: str
    judged: bool
    """Whether there are enough samples to judge."""
    problems: Sequence[ProblemSummary]
    renames: Sequence[RenameSummary]
    formats: Mapping[str, str]
    """The format of each feature that has one."""
    unknown_features: Sequence[str]
    event_times: EventTimesSummary | None
    duplicates: DuplicatesSummary | None


def schema_summary(view: ModelView, window: WindowView) -> SchemaSummary:
    """Return the problems of a window."""
    return SchemaSummary(
        **view.key._asdict(),
        window=window.name,
        judged=window.histograms is not None and window.histograms.enough,
        problems=[ProblemSummary(**vars(problem)) for problem in problems_of(view, window)],
        renames=[RenameSummary(**vars(rename)) for rename in renames_of(view)],
        formats={name: form.name for name, form in formats_of(view.reference).items()},
        unknown_features=view.unknown_features,
        event_times=_event_times(view, window),
        duplicates=_duplicates(view, window),
    )


def _event_times(view: ModelView, window: WindowView) -> EventTimesSummary | None:
    part = view.part(EventTimesView)
    if part is None:
        return None
    own: EventTimesWindow = part.windows[window.name]
    return EventTimesSummary(
        samples=own.samples,
        lag_seconds={str(quantile): seconds for quantile, seconds in own.lags.items()},
        future_ratio=own.future_ratio,
        skew_seconds=own.skew,
        time_zone_hours=own.shift_hours,
        problems=own.problems,
    )


def _duplicates(view: ModelView, window: WindowView) -> DuplicatesSummary | None:
    part = view.part(ValuesView)
    if part is None:
        return None
    own = part.windows[window.name]
    learned = DUPLICATES.of(view.reference)
    return DuplicatesSummary(
        id_ratio=own.share("repeated_ids", "ids"),
        sample_ratio=own.share("repeated_samples", "samples"),
        sample_expected_ratio=learned.expected_ratio if learned else math.nan,
    )


def signs_of(summary: SchemaSummary) -> list[str]:
    """Return problems that concern no single feature, as sentences."""
    return [*_clocks(summary.event_times), *_twins(summary)]


def _clocks(times: EventTimesSummary | None) -> Iterator[str]:
    if times is None:
        return
    if "future" in times.problems:
        yield f"{share(times.future_ratio)} of the samples have event times in the future: a sender's clock is ahead."
    if "time_zone" in times.problems:
        hours, side = number(abs(times.time_zone_hours)), "behind" if times.time_zone_hours > 0 else "ahead of"
        yield f"Event times are {hours} h {side} their arrival, as with a wrong time zone."
    if "skew" in times.problems:
        side = "behind" if times.skew_seconds > 0 else "ahead of"
        yield f"Event times are steadily {number(abs(times.skew_seconds))} s {side} their arrival."


def _twins(summary: SchemaSummary) -> Iterator[str]:
    found = summary.duplicates
    if found is None or not summary.judged:
        return
    if found.id_ratio >= DUPLICATES_BEYOND:
        yield f"{share(found.id_ratio)} of the samples have the id of an earlier one: they may be sent twice."
    # Features with few values repeat by nature; the reference shows how often.
    if found.sample_ratio - found.sample_expected_ratio >= DUPLICATES_BEYOND:
        expected = share(found.sample_expected_ratio)
        yield f"{share(found.sample_ratio)} of the samples are copies of earlier ones ({expected} expected)."
