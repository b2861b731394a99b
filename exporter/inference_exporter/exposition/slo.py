"""Service level objectives and the events they are measured by."""

from collections.abc import Iterator, Sequence

from ..model.view import ModelView
from ._base import Family, ModelGroup, counter, gauge, joined, labels, model_labels


def _families(views: Sequence[ModelView]) -> Iterator[Family]:
    objective = gauge("model_slo_objective_ratio", "Configured objective: share of events that should be good.")
    threshold = gauge("model_slo_latency_threshold_seconds", "Latency up to which a request is a good event.")
    events = counter("model_slo_events_total", "Events that count towards the service level.")
    good = counter("model_slo_good_events_total", "Good events that count towards the service level.")
    for view in views:
        threshold.add(model_labels(view.key), view.config.slo.latency.threshold)
        for name, slo in view.traffic.slos.items():
            text = joined(model_labels(view.key), labels(slo=name))
            objective.add(text, slo.objective)
            events.add(text, slo.events)
            good.add(text, slo.good_events)
    yield from (objective, threshold, events, good)


GROUP = ModelGroup("slo", _families)
