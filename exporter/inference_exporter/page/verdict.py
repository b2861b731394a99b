"""Verdict: whether a model drifted in a window, as one word and one sentence."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..explain.formatting import count, counted
from ..explain.ranking import indices_of
from ..explain.sentence import subject_of
from ..model.view import ModelView, WindowView
from ..reference.reference import ColumnReference

DRIFTED, NO_DRIFT = "drifted", "no_drift"
NAME_LENGTH_AT_MOST = 40
# Reasons of `model_drift_unknown` that need words; the others are written with their numbers below.
REASONS = {
    "warming_up": "the model has just started",
    "filling_baseline": "the baseline is still filling",
    "no_seasons_in_reference": "the reference has no times, so its seasons are unknown",
    "internal_error": "internal error of the exporter, see its log",
    "budget_spent": "the false-alarm budget is spent",
}


@dataclass(frozen=True)
class Verdict:
    """The verdict of a window; its numbers are null if it is unknown."""

    state: str
    """drifted, no_drift, or the reason of ``model_drift_unknown``."""
    text: str
    drifted_features: int | None
    features: int | None
    drifted_outputs: tuple[str, ...]
    """The drifted outputs: prediction, and the class of each drifted score."""


def verdict_of(view: ModelView, window: WindowView) -> Verdict:
    """Return the verdict of one window."""
    histograms, reason = window.histograms, window.unknown_reason
    if histograms is None or reason is not None:
        return Verdict(reason or "", _unknown_text(view, window), None, None, ())
    features = indices_of(histograms, "feature")
    # NaN: a column that cannot be judged, which is not drifted and does not make the others unknown.
    drifted = int(np.nansum(histograms.drifted[list(features)]))
    outputs = [
        column
        for column, verdict in zip(histograms.grid.columns, histograms.drifted.tolist(), strict=True)
        if column.group != "feature" and verdict == 1
    ]
    return Verdict(
        state=DRIFTED if drifted or outputs else NO_DRIFT,
        text=_text(drifted, len(features), outputs, f"in the last {window.name}"),
        drifted_features=drifted,
        features=len(features),
        drifted_outputs=tuple(column.name for column in outputs),
    )


def _unknown_text(view: ModelView, window: WindowView) -> str:
    if window.failed:
        return f"No verdict on the last {window.name}: {REASONS['internal_error']}"
    if window.histograms is None:
        wanted = view.config.learning.samples
        return f"Learning the reference: {count(view.learned_samples)} of {count(wanted)} samples"
    number, needed = window.histograms.samples, view.config.drift.minimum_samples
    if window.unknown_reason in REASONS:
        return f"No verdict on the last {window.name}: {REASONS[window.unknown_reason]}"
    if number == 0:
        learned = window.samples and view.reference_source == "learned"
        return "No samples since the reference was learned" if learned else f"No samples in the last {window.name}"
    return f"Too few samples in the last {window.name}: {count(number)} of the {count(needed)} that a verdict needs"


def _text(drifted: int, features: int, outputs: Sequence[ColumnReference], during: str) -> str:
    if drifted:
        others = f", and so did {_listed(outputs)}" if outputs else ""
        return f"{count(drifted)} of {counted(features, 'feature')} drifted {during}{others}"
    if outputs:
        listed = _listed(outputs)
        exception = f", but none of {counted(features, 'feature')} did" if features else ""
        return f"{listed[0].upper()}{listed[1:]} drifted {during}{exception}"
    if features == 0:
        return f"No drift {during}"
    whole = f"None of {count(features)} features" if features > 1 else "The one feature has not"
    return f"{whole} drifted {during}"


def _listed(outputs: Sequence[ColumnReference]) -> str:
    names = [subject_of(column.group, column.name) for column in outputs]
    if len(names) > 3:
        return f"{len(names)} outputs"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
