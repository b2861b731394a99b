"""Concept drift: whether errors are more, or larger, than on the reference."""

from collections.abc import Iterator, Sequence

from ..model.drift_kind import KINDS
from ..model.view import ModelView
from ._base import Family, ModelGroup, counter, gauge, joined, labels, model_labels


def _families(views: Sequence[ModelView]) -> Iterator[Family]:
    drifted = gauge("model_concept_drift", "1 if errors exceed the limit, 0 if that is not shown.")
    # A share of the alarm's limit rather than the statistic itself, so one dashboard panel serves all models.
    evidence = gauge("model_concept_drift_evidence_ratio", "Evidence of a change, as a share of what an alarm takes.")
    limit = gauge("model_concept_drift_limit", "Error ratio, or mean absolute error, that is still no concept drift.")
    changed = gauge("model_concept_drift_change_timestamp_seconds", "Estimated time of the last change.")
    number = counter("model_concept_drifts_total", "Times that concept drift was found.")
    kind = gauge("model_concept_drift_kind", "1 for the kind of concept drift, 0 for others and while it is unknown.")
    began = gauge("model_concept_drift_began_timestamp_seconds", "Estimated time when errors began to rise.")
    for view in views:
        concept, text = view.performance.concept, model_labels(view.key)
        if concept is not None:
            drifted.add(text, concept.drifted)
            evidence.add(text, concept.evidence)
            limit.add(text, concept.limit)
            changed.add(text, concept.changed)
            number.add(text, concept.number)
            for name in KINDS:
                kind.add(joined(text, labels(kind=name)), float(concept.kind == name))
            began.add(text, concept.began)
    yield from (drifted, evidence, limit, changed, number, kind, began)


GROUP = ModelGroup("concept_drift", _families)
