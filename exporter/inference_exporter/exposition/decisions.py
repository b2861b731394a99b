"""What followed from predictions: actions taken, actions other than configured, and scores outside their bands."""

from collections.abc import Iterator, Mapping, Sequence

from ..model.decisions import DecisionsView
from ..model.view import ModelView
from ._base import Family, ModelGroup, counter, gauge, joined, labels, model_labels

Reported = Sequence[tuple[str, DecisionsView]]


def _families(views: Sequence[ModelView]) -> Iterator[Family]:
    reported = [(model_labels(view.key), view.decisions) for view in views if view.decisions is not None]
    yield from _actions(reported)
    yield from _guardrails(reported)
    allowed = gauge("model_guardrail_allowed_ratio", "Configured share of samples that may be outside their band.")
    for view in views:
        # From the configuration, so that the series exists before the first sample and alerts can compare with it.
        for name, guardrail in view.config.guardrails.items():
            allowed.add(joined(model_labels(view.key), labels(guardrail=name)), guardrail.allowed)
    yield allowed


def _actions(reported: Reported) -> Iterator[Family]:
    # Checks and mismatches are two counters, so the mismatch ratio over any range of time is one division.
    taken = counter("model_actions_total", "Samples by the action that was taken.")
    checks = counter("model_action_checks_total", "Predictions whose action is configured and was sent.")
    wrong = counter("model_action_mismatches_total", "Predictions whose action differs from the configured one.")
    for base, view in reported:
        _add(taken, base, "action", view.actions)
        _add(checks, base, "prediction", view.checked)
        _add(wrong, base, "prediction", view.mismatched)
    yield from (taken, checks, wrong)


def _guardrails(reported: Reported) -> Iterator[Family]:
    samples = counter("model_guardrail_samples_total", "Samples with a score that the guardrail judges.")
    below = counter("model_guardrail_below_total", "Samples with a score below the guardrail's minimum.")
    above = counter("model_guardrail_above_total", "Samples with a score above the guardrail's maximum.")
    for base, view in reported:
        counts = view.guardrails
        _add(samples, base, "guardrail", {name: each.samples for name, each in counts.items()})
        _add(below, base, "guardrail", {name: each.below for name, each in counts.items()})
        _add(above, base, "guardrail", {name: each.above for name, each in counts.items()})
    yield from (samples, below, above)


def _add(family: Family, base: str, label: str, counts: Mapping[str, int]) -> None:
    for name, count in counts.items():
        family.add(joined(base, labels(**{label: name})), count)


GROUP = ModelGroup("decisions", _families)
