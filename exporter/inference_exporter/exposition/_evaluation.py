"""Metrics of the evaluation store: is every prediction written, how far behind is it, and what do lookups cost."""

from collections.abc import Iterator

from ..evaluation.state import EvaluationState
from ._base import Family, counter, gauge


def evaluation_families(state: EvaluationState | None) -> Iterator[Family]:
    """Yield the families of the evaluation store; none if there is no store."""
    if state is None:
        return
    # Names without their common beginning, inference_exporter_evaluation_.
    gauges = (
        ("writable", "1 if the last access to the evaluation store succeeded.", int(state.is_writable)),
        ("predictions", "Predictions in the evaluation store.", state.rows),
        ("blocks", "Blocks of the evaluation store.", state.blocks),
        ("bytes", "Size of the evaluation store on disk.", state.size),
        ("unwritten_predictions", "Predictions in memory that no block has yet.", state.unwritten),
        ("unanswered_outcomes", "Outcomes to look up again, because the store could not be read.", state.unanswered),
        ("lag_seconds", "Age of the oldest prediction or outcome that no block has yet.", state.lag_seconds),
    )
    counters = (
        ("written_total", "Predictions written.", state.written),
        ("lost_total", "Predictions and outcomes dropped because the disk could not take them.", state.lost),
        ("deleted_total", "Predictions deleted by age or size.", state.deleted),
        ("failures_total", "Failed reads and writes.", state.failures),
        ("lookups_total", "Outcomes looked up because memory had forgotten their prediction.", state.lookups),
        ("lookups_found_total", "Lookups that found a prediction.", state.found),
        ("lookups_failed_total", "Outcomes that could not be looked up.", state.lookups_failed),
        ("lookups_repeated_total", "Outcomes that were looked up again with success.", state.lookups_repeated),
        ("lookup_seconds_total", "Time spent on lookups.", state.lookup_seconds),
    )
    for kind, values in ((gauge, gauges), (counter, counters)):
        for name, help_text, value in values:
            family = kind(f"inference_exporter_evaluation_{name}", help_text)
            family.add("", value)
            yield family
