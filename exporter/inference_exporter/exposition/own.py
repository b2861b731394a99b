"""Metrics of the exporter itself."""

import platform
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from .. import __version__
from ..evaluation.state import EvaluationState
from ..explain.formatting import formatted
from ..failures import NO_MODEL, Place
from ..intake.accounting import Totals
from ..intake.refusals import REFUSAL_REASONS, FrontTotals
from ..intake.unknown import UnknownPayload
from ..samples.batch import ModelKey
from ..samples.events import Event
from ..store.state import StoreState
from ._base import Family, counter, gauge, joined, labels, model_labels
from ._evaluation import evaluation_families
from ._exporter_process import process_families
from ._store import store_families

# Titles and texts of events become labels, so their number and length are bounded here; the page shows more.
EVENTS_EXPOSED = 20
EVENT_TEXT_AT_MOST = 200
# To the minute: long enough to read on a dashboard's annotation, and the value has the exact time.
EVENT_TIME = "%Y-%m-%d %H:%MZ"
FAILURES_HELP = "Faults of the exporter itself, by the part that failed and the model it worked for."
# These exist at 0 from the start, so that the first failure is an increase.
FAILING_PARTS = (
    "challengers", "collector", "detector", "drift", "evaluation", "events", "input", "learning", "outcomes", "page",
    "reload", "slices", "store", "view",
)  # fmt: skip


@dataclass(frozen=True)
class OwnState:
    """State of the exporter at one moment."""

    totals: Totals
    models: int
    pending_outcomes: int
    dropped_outcomes: int
    evicted_models: int
    learning_samples_dropped: int
    folded_label_values: int
    intake_lag_seconds: float
    requests_in_progress: int
    reload_timestamp: float
    failures: Mapping[Place, int] = field(default_factory=dict)
    """How often each part of the exporter failed."""
    unpaired: Mapping[str, int] = field(default_factory=dict)
    """Requests and responses that stayed alone."""
    repeated_halves: int = 0
    """Requests and responses that a logger sent twice."""
    waiting_halves: int = 0
    """Requests and responses that wait for each other."""
    unknown_payloads: tuple[UnknownPayload, ...] = ()
    """The last payloads that could not be read, the newest first."""
    unsaved_references: int = 0
    """Learned references that are not on disk yet."""
    clock_steps: Mapping[str, int] = field(default_factory=dict)
    """Number of wall clock steps, by direction."""
    broken_models: tuple[ModelKey, ...] = ()
    """Models whose state could not be read."""
    reload_fault: str = ""
    """Why the last reload was refused; empty if it succeeded."""
    front: FrontTotals = field(default_factory=FrontTotals)

    store: StoreState | None = None
    """The journal and its snapshots, if anything is stored."""
    evaluation: EvaluationState | None = None
    """The evaluation store, if there is one."""

    @property
    def reload_successful(self) -> bool:
        """Whether the configuration in use matches the file."""
        return not self.reload_fault


def families(state: OwnState) -> Iterator[Family]:
    """Yield the families about intake, configuration and the process."""
    yield from _samples(state.totals)
    yield _failures(state.failures)
    yield _refused(state)
    yield _by_label(
        "inference_exporter_clock_steps_total",
        "Steps of the wall clock by more than 5 s, by direction.",
        "direction",
        state.clock_steps,
    )
    yield _by_label(
        "inference_exporter_unpaired_total",
        "Logged requests without a response, and responses without a request.",
        "half",
        state.unpaired,
    )
    yield _build_info()
    for kind, values in ((gauge, _gauges(state)), (counter, _counters(state))):
        for name, help_text, value in values:
            family = kind(name, help_text)
            family.add("", value)
            yield family
    yield from store_families(state.store)
    yield from evaluation_families(state.evaluation)
    # Sums with the front: it belongs to the same container, whose limits apply to both.
    yield from process_families(state.front.pid)


def _by_label(name: str, help_text: str, label: str, counts: Mapping[str, int]) -> Family:
    family = counter(name, help_text)
    for value, number in sorted(counts.items()):
        family.add(labels(**{label: value}), number)
    return family


def _build_info() -> Family:
    info = gauge(
        "inference_exporter_build_info", "Always 1; the labels hold the versions of the exporter and of Python."
    )
    info.add(labels(version=__version__, python=platform.python_version()), 1)
    return info


def _gauges(state: OwnState) -> Iterable[tuple[str, str, float]]:
    return (
        ("inference_exporter_models", "Models, versions and variants watched.", state.models),
        ("inference_exporter_outcomes_pending", "Outcomes that wait for their prediction.", state.pending_outcomes),
        ("inference_exporter_unpaired_waiting", "Requests and responses that wait for their other half.",
         state.waiting_halves),
        ("inference_exporter_intake_lag_seconds", "Time from receiving the last request to counting its records.",
         state.intake_lag_seconds),
        # Kept because dashboards plot it beside the numbers of other collectors; there is no queue.
        ("inference_exporter_queue_samples", "Samples that wait; 0, as each is processed within its request.", 0),
        ("inference_exporter_intake_requests_in_progress", "Intake requests in progress.",
         state.requests_in_progress),
        ("inference_exporter_connections", "Open connections.", state.front.connections),
        ("inference_exporter_buffered_bytes", "Bytes of request bodies being received or waiting to be decoded.",
         state.front.buffered_bytes),
        ("inference_exporter_references_unsaved", "Learned references that could not be written to disk yet.",
         state.unsaved_references),
        # The names and meanings of Prometheus' own prometheus_config_last_reload_… metrics.
        ("inference_exporter_config_last_reload_successful", "1 if the last load of the configuration succeeded.",
         int(state.reload_successful)),
        ("inference_exporter_config_last_reload_success_timestamp_seconds", "Time of the last successful load.",
         state.reload_timestamp),
    )  # fmt: skip


def _counters(state: OwnState) -> Iterable[tuple[str, str, float]]:
    return (
        ("inference_exporter_outcomes_total", "Outcomes accepted.", state.totals.outcomes),
        ("inference_exporter_outcomes_dropped_total", "Outcomes dropped while waiting: too many, or unusable.",
         state.dropped_outcomes),
        ("inference_exporter_models_evicted_total", "Unconfigured models evicted to make room for another.",
         state.evicted_models),
        ("inference_exporter_learning_samples_dropped_total", "Samples not learned from because of the memory limit.",
         state.learning_samples_dropped),
        ("inference_exporter_events_total", "Events accepted.", state.totals.events),
        ("inference_exporter_repeated_requests_total", "Requests with a known idempotency key, not counted again.",
         state.totals.repeated_requests),
        ("inference_exporter_repeated_halves_total", "Logged requests and responses that came twice, counted once.",
         state.repeated_halves),
        ("inference_exporter_worker_restarts_total", "Worker restarts after the previous worker ended unexpectedly.",
         state.front.worker_restarts),
        ("inference_exporter_label_values_folded_total", "Label values folded or dropped because of a limit.",
         state.folded_label_values),
    )  # fmt: skip


def _samples(totals: Totals) -> Iterator[Family]:
    received = counter("inference_exporter_samples_total", "Samples received: accepted, rejected or dropped.")
    accepted = counter("inference_exporter_samples_accepted_total", "Samples accepted.")
    rejected = counter("inference_exporter_samples_rejected_total", "Samples rejected as invalid, by reason.")
    dropped = counter("inference_exporter_samples_dropped_total", "Valid samples dropped, by reason.")
    outcomes = counter("inference_exporter_outcomes_rejected_total", "Outcomes rejected as invalid, by reason.")
    events = counter("inference_exporter_events_rejected_total", "Events rejected as invalid, by reason.")
    # Received equals accepted, rejected and dropped together: that is the sum that alerts on lost samples rely on.
    for wire_format, count in sorted(totals.received.items()):
        received.add(labels(format=wire_format), count)
        accepted.add(labels(format=wire_format), totals.accepted[wire_format])
    for (wire_format, reason), count in sorted(totals.rejected.items()):
        rejected.add(labels(format=wire_format, reason=reason), count)
    for reason, count in sorted(totals.dropped.items()):
        dropped.add(labels(reason=reason), count)
    for reason, count in sorted(totals.outcomes_rejected.items()):
        outcomes.add(labels(reason=reason), count)
    for reason, count in sorted(totals.events_rejected.items()):
        events.add(labels(reason=reason), count)
    yield from (received, accepted, rejected, dropped, outcomes, events)


def _failures(failures: Mapping[Place, int]) -> Family:
    family = counter("inference_exporter_failures_total", FAILURES_HELP)
    every = {**{Place(part, ""): 0 for part in FAILING_PARTS}, **failures}
    for place, count in sorted(every.items()):
        about = model_labels(ModelKey(*place.model)) if place.model != NO_MODEL else ""
        family.add(joined(labels(part=place.part, name=place.name), about), count)
    return family


def _refused(state: OwnState) -> Family:
    """Return how many requests the listening process and the worker refused."""
    family = counter(
        "inference_exporter_requests_refused_total", "Requests refused before their body was read, by reason."
    )
    # The front refuses before it reads a body, the worker after reading the headers; a sender sees one exporter.
    for reason in REFUSAL_REASONS:
        count = state.front.refused.get(reason, 0) + state.totals.refused_requests.get(reason, 0)
        family.add(labels(reason=reason), count)
    return family


def event_families(events: Sequence[Event]) -> Iterator[Family]:
    """Yield the times of the last events; the newest per kind and title."""
    family = gauge("model_event_timestamp_seconds", "Time of an event.")
    newest: dict[str, float] = {}
    # The events come newest first, so `setdefault` keeps the newest time.
    for event in events[:EVENTS_EXPOSED]:
        newest.setdefault(_identity(event), event.time)
    for text, time in newest.items():
        family.add(text, time)
    yield family
    # Two orders: an event of last month that arrives now is old by its time and new by its arrival.
    yield _arrivals(sorted(events, key=lambda event: -event.arrived)[:EVENTS_EXPOSED])


def _arrivals(events: Sequence[Event]) -> Family:
    """Return when the last events were received, with what a mark on a dashboard says."""
    family = gauge("model_event_arrival_timestamp_seconds", "When an event was received, with its text and its time.")
    known = set()
    for event in events:
        identity = _identity(event)
        if identity not in known:
            known.add(identity)
            said = labels(event_time=formatted(event.time, EVENT_TIME), text=event.text[:EVENT_TEXT_AT_MOST])
            family.add(joined(identity, said), event.arrived)
    return family


def _identity(event: Event) -> str:
    return joined(labels(model=event.model, version=event.version), labels(kind=event.kind, title=event.title))


def collector_families(durations: Mapping[str, float], successes: Mapping[str, bool]) -> Iterator[Family]:
    """Yield how long each collector took and whether it succeeded."""
    duration = gauge("inference_exporter_scrape_collector_duration_seconds", "Duration of a collector's last run.")
    success = gauge("inference_exporter_scrape_collector_success", "1 if the collector succeeded.")
    for name, seconds in durations.items():
        duration.add(labels(collector=name), seconds)
        success.add(labels(collector=name), int(successes[name]))
    yield duration
    yield success
