"""Attention: what people should know about a model apart from drift, as sentences."""

from collections.abc import Iterator

from ..explain.formatting import clipped, count, counted, moment, name, share
from .summary import ModelSummary
from .text import ago

NAMES_SHOWN = 3
NAME_LENGTH_AT_MOST = 60
# A scrape interval and the usual lead of event times fit in; more means that samples tell another time than we do.
CLOCK_TOLERANCE_SECONDS = 90.0


def warnings_about(model: ModelSummary) -> list[str]:
    """Return the problems of a model server or of its traffic."""
    return [*_process(model), *_service_levels(model), *_unknown_features(model)]


def _process(model: ModelSummary) -> Iterator[str]:
    if model.process is not None and not model.process.up:
        yield "The model server's process was not found."


def _service_levels(model: ModelSummary) -> Iterator[str]:
    for slo in model.slos:
        # None before the first event does not breach anything.
        if slo.met is False:
            subject = name(slo.slo).capitalize()
            yield f"{subject} is {share(slo.attainment)}, under its objective of {share(slo.objective)}."


def _unknown_features(model: ModelSummary) -> Iterator[str]:
    unknown = model.unknown_features
    if unknown:
        shown = ", ".join(clipped(feature, NAME_LENGTH_AT_MOST) for feature in unknown[:NAMES_SHOWN])
        more = f" and {count(len(unknown) - NAMES_SHOWN)} more" if len(unknown) > NAMES_SHOWN else ""
        verb = "feature is" if len(unknown) == 1 else "features are"
        yield f"{count(len(unknown))} {verb} in the traffic but not in the reference: {shown}{more}."


def remarks_about(model: ModelSummary, now: float) -> list[str]:
    """Return what helps to read the numbers: their age and their clock."""
    remarks = [f"Last sample {ago(now - model.last_sample_timestamp_seconds)}"] if any(model.requests.values()) else []
    reached = model.event_clock_timestamp_seconds
    if now - reached > CLOCK_TOLERANCE_SECONDS:
        remarks.append(f"Windows follow the samples' event time, now at {moment(reached)}")
    # Not both: when windows follow an older clock, lateness is measured by it too.
    elif model.late_samples:
        remarks.append(f"{counted(model.late_samples, 'sample')} arrived too late for the shortest window")
    return remarks
