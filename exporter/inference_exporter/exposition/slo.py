"""Service level objectives, what they are measured by, and the events of those that count requests."""

from collections.abc import Iterator, Sequence

from ..config.slo import SloConfig
from ..model.view import ModelView
from ._base import Family, ModelGroup, counter, gauge, joined, labels, model_labels


def _families(views: Sequence[ModelView]) -> Iterator[Family]:
    objective = gauge("model_slo_objective_ratio", "Configured objective: share of events, or of time, to be good.")
    events = counter("model_slo_events_total", "Events that count towards the service level.")
    good = counter("model_slo_good_events_total", "Good events that count towards the service level.")
    for view in views:
        # Objectives and thresholds come from the configuration, so the rules
        # of prometheus/ need no numbers of their own.
        for name, ratio in view.config.slo.objectives.items():
            objective.add(joined(model_labels(view.key), labels(slo=name)), ratio)
        for name, slo in view.traffic.slos.items():
            text = joined(model_labels(view.key), labels(slo=name))
            events.add(text, slo.events)
            good.add(text, slo.good_events)
    yield from (objective, events, good)
    yield from _thresholds(views)


def _thresholds(views: Sequence[ModelView]) -> Iterator[Family]:
    latency = gauge("model_slo_latency_threshold_seconds", "Latency up to which a request is a good event.")
    fresh = gauge("model_slo_freshness_threshold_seconds", "Age up to which the last sample, or outcome, is fresh.")
    quality = gauge("model_slo_quality_threshold", "Least performance, or largest error, of good quality.")
    for view in views:
        base, slo = model_labels(view.key), view.config.slo
        latency.add(base, slo.latency.threshold)
        for name, seconds in _ages(slo):
            fresh.add(joined(base, labels(slo=name)), seconds)
        if slo.quality.threshold is not None:
            quality.add(joined(base, labels(measure=slo.quality.measure)), slo.quality.threshold)
    yield from (latency, fresh, quality)


def _ages(slo: SloConfig) -> Iterator[tuple[str, float]]:
    for name, config in (("freshness", slo.freshness), ("outcome_freshness", slo.outcome_freshness)):
        # Absent without a threshold: an alert that joins on it then never fires for this model.
        if config.threshold is not None:
            yield name, config.threshold


GROUP = ModelGroup("slo", _families)
