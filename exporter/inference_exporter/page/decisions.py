"""Actions and guardrails of a model, as tables."""

from collections.abc import Iterator

from ..explain.formatting import count, share
from ..model.decisions import DecisionsView
from ..model.view import ModelView
from .tables import Table


def decision_tables(view: ModelView) -> Iterator[Table]:
    """Yield what was done because of predictions, and the guardrails; nothing without any."""
    decisions = view.decisions
    if decisions is None:
        return
    if decisions.actions:
        yield _actions(decisions)
    if decisions.checked:
        yield _checks(view, decisions)
    if decisions.guardrails:
        yield _guardrails(view, decisions)


def _actions(decisions: DecisionsView) -> Table:
    total = sum(decisions.actions.values())
    rows = [(name, count(number), share(number / total)) for name, number in decisions.actions.items()]
    return Table("Actions", "Since the start.", ("Action", "Samples", "Share"), rows)


def _checks(view: ModelView, decisions: DecisionsView) -> Table:
    rows = [
        (name, action, count(checked), count(wrong), share(wrong / checked) if checked else "unknown")
        # All three are in the order of the configuration; `strict` would find it changed.
        for (name, checked), wrong, action in zip(
            decisions.checked.items(), decisions.mismatched.values(), view.config.actions.values(), strict=True
        )
    ]
    columns = ("Prediction", "Configured action", "Actions", "Other actions", "Share")
    return Table(
        "Predictions and their actions", "Whether predictions were carried out, since the start.", columns, rows
    )


def _guardrails(view: ModelView, decisions: DecisionsView) -> Table:
    rows = [
        (
            name, _band(guardrail.minimum, guardrail.maximum), count(found.samples), count(found.below),
            count(found.above), share(guardrail.allowed),
        )
        for (name, guardrail), found in zip(
            view.config.guardrails.items(), decisions.guardrails.values(), strict=True
        )
    ]  # fmt: skip
    columns = ("Guardrail", "Band", "Samples", "Below", "Above", "Allowed outside")
    return Table("Guardrails", "Scores outside their band, since the start.", columns, rows)


def _band(low: float, high: float) -> str:
    return f"{low:g} to {high:g}"
