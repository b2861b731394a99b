"""What matters at first sight, and the background one needs to judge it."""

from ..look import (
    BAD,
    BUDGET,
    COUNT,
    DRIFTED_COUNT,
    ERRORS,
    GOOD,
    MOMENT,
    NOTICE,
    SECONDS,
    VERDICT,
    Json,
    Look,
)
from ..measures import describe, title
from ..panels import Panel, Stat, TimeSeries
from ..queries import (
    EACH_MODEL,
    EVENTS_OF_ONE,
    ONE_MODEL,
    WINDOW,
    Target,
    budget_left,
    events,
    firing_since,
    least,
    total,
    worst,
)
from ..tables import Label, Table, Value
from .drift import all_features, what_changed

IN_WINDOW = f"{ONE_MODEL},{WINDOW}"
PROCESS = Look(words={0: ("DOWN", BAD), 1: ("up", GOOD)}, unknown="not watched")
OUTCOME_SHARE = Look(unit="percentunit", decimals=1, unknown="not measured")
ERROR_SIZE = Look(decimals=3, unknown="not measured")
RUNBOOKS: Json = {
    "title": "Runbook of ${__data.fields.Alert}",
    "url": "https://github.com/inference-exporter/inference-exporter/blob/main/docs/runbooks.md#${__data.fields.Alert}",
    "targetBlank": True,
}
LEARNED = Look(unit="percentunit", decimals=0, minimum=0, maximum=1, steps=((None, NOTICE), (1, GOOD)))


def panels() -> tuple[Panel, ...]:
    """Return what a person who was paged needs: is anything wrong, since when, and what moved."""
    return (_alerts(), *_drift(), *_service(), *_performance(), _why_unknown(), all_features(), what_changed())


def _drift() -> tuple[Panel, ...]:
    return (
        Stat(
            title="Drifted",
            description="Features that drifted in the chosen window, of all features of the reference.",
            look=DRIFTED_COUNT,
            show="value_and_name",
            targets=(Target(_drifted_of_all(), "of {{of}} features"),),
        ),
        Stat(
            title="Prediction",
            description="Whether the distribution of the predictions has drifted from the reference.",
            look=VERDICT,
            targets=(Target(worst("model_prediction_drifted", "", IN_WINDOW)),),
        ),
        Stat(
            title="Samples",
            description="Samples in the chosen window, all replicas together. The verdicts rest on them.",
            look=COUNT,
            targets=(Target(total("model_window_samples", "", IN_WINDOW)),),
        ),
    )


def _drifted_of_all() -> str:
    features = f'count_values without () ("of", {worst("model_features", "", ONE_MODEL)})'
    return f"{worst('model_drifted_features', '', IN_WINDOW)} * on () group_left (of) {features}"


def _service() -> tuple[Panel, ...]:
    return (
        Stat(
            title="Errors",
            description="Share of requests in the window that were answered with a 4xx or 5xx status.",
            look=ERRORS,
            targets=(Target(worst("model_request_error_ratio", "", IN_WINDOW)),),
        ),
        Stat(
            title="Latency, p95",
            description="95 of 100 requests in the window were answered within this time, on the slowest replica.",
            look=SECONDS,
            targets=(Target(_rolling_quantile("0.95")),),
        ),
        Stat(
            title="SLO budget left",
            description="Share of the error budget left over the chosen SLO period; below 0 the objective is missed. "
            "The worse of availability and latency counts.",
            look=BUDGET,
            targets=(Target(f"min({budget_left('slo', ONE_MODEL)})"),),
        ),
    )


def _rolling_quantile(quantile: str) -> str:
    return worst("model_request_duration_quantile_seconds", "", f'{IN_WINDOW},quantile="{quantile}"')


def _performance() -> tuple[Panel, ...]:
    return (
        Stat(
            title=title("accuracy_ratio"),
            description=f"{describe('accuracy_ratio')} Classifiers only.",
            look=OUTCOME_SHARE,
            targets=(Target(least("model_accuracy_ratio", "", IN_WINDOW)),),
        ),
        Stat(
            title="MAE",
            description=f"{title('mean_absolute_error')}. {describe('mean_absolute_error')} Regressors only.",
            look=ERROR_SIZE,
            targets=(Target(worst("model_mean_absolute_error", "", IN_WINDOW)),),
        ),
    )


def _why_unknown() -> Table:
    return Table(
        title="Why unknown",
        description="The reason why the chosen window has no verdict; empty if it has one.",
        look=Look(unknown="the window has a verdict"),
        width=4,
        height=4,
        sort_by="Reason",
        labels=(Label(name="reason", title="Reason"),),
        values=(Value(title="Replicas", expr=f"count by (reason) (model_drift_unknown{{{IN_WINDOW}}})", width=70),),
    )


def _alerts() -> Table:
    labels = "alertname, severity, feature"
    return Table(
        title="Firing alerts",
        description="Alerts about this model that fire now, in any version, and since when their condition has held. "
        "Empty while none fires. "
        "Select one for its runbook.",
        look=Look(unknown="no alert is firing"),
        width=8,
        height=8,
        sort_by="Severity",
        descending=False,
        labels=(
            Label(name="alertname", title="Alert", link=RUNBOOKS),
            Label(name="severity", title="Severity", width=75),
            Label(name="feature", title="Feature"),
        ),
        values=(Value(title="Since", expr=firing_since(labels, 'model="$model"'), look=MOMENT, width=110),),
    )


def state() -> tuple[Panel, ...]:
    """Return whether the model server's process is up."""
    return (
        Stat(
            title="Process",
            description="Whether the exporter finds the model server's process, if it is configured to look for it.",
            look=PROCESS,
            height=8,
            targets=(Target(least("model_process_up", "", ONE_MODEL)),),
        ),
    )


def versions() -> tuple[Panel, ...]:
    """Return a comparison of variants and versions."""
    chosen = f'model="$model",{WINDOW}'
    by = "version, variant"
    return (
        Table(
            title="Versions and variants",
            description="Every version and variant of this model in the chosen window; the worst replica counts.",
            height=6,
            sort_by="Version",
            labels=(Label(name="version", title="Version"), Label(name="variant", title="Variant")),
            values=(
                Value(title="Samples", expr=total("model_window_samples", by, chosen)),
                Value(title="Drifted features", expr=worst("model_drifted_features", by, chosen), look=DRIFTED_COUNT),
                Value(title="Errors", expr=worst("model_request_error_ratio", by, chosen), look=ERRORS),
                Value(
                    title="p95",
                    expr=worst("model_request_duration_quantile_seconds", by, f'{chosen},quantile="0.95"'),
                    look=SECONDS,
                ),
                Value(
                    title=title("accuracy_ratio"), expr=least("model_accuracy_ratio", by, chosen), look=OUTCOME_SHARE
                ),
                Value(title=title("roc_auc"), expr=f"min by ({by}) (model_roc_auc{{{chosen}}})", look=OUTCOME_SHARE),
                Value(
                    title=title("mean_absolute_error"),
                    expr=worst("model_mean_absolute_error", by, chosen),
                    look=ERROR_SIZE,
                ),
                Value(title="Outcomes", expr=total("model_window_outcomes", by, chosen)),
            ),
        ),
    )


def background() -> tuple[Panel, ...]:
    """Return what the model is compared with, and the events people sent about it."""
    return (_reference(), _learning(), _events(), _clock())


def _reference() -> Table:
    by = f"{EACH_MODEL}, reference_version, source"
    info = f"max by ({by}) (model_reference_info{{{ONE_MODEL}}})"
    return Table(
        title="Reference",
        description="What recent samples are compared with: read from a file, learned from the first samples, or "
        "still being learned.",
        width=12,
        height=5,
        sort_by="Reference",
        hidden=("model", "version", "variant"),
        labels=(Label(name="reference_version", title="Reference"), Label(name="source", title="Source")),
        values=(
            Value(title="Samples", expr=_beside(info, "model_reference_samples")),
            Value(title="Made", expr=f"{_beside(info, 'model_reference_timestamp_seconds')} * 1000", look=MOMENT),
            Value(title="Features", expr=_beside(info, "model_features")),
            Value(title="Unknown features", expr=_beside(info, "model_unknown_features")),
        ),
    )


def _beside(info: str, metric: str) -> str:
    return f"{info} * on ({EACH_MODEL}) group_left () {worst(metric, EACH_MODEL, ONE_MODEL)}"


def _learning() -> Stat:
    return Stat(
        title="Learned",
        description="How much of the reference has been learned; at 100 % it is complete, or was read from a file.",
        look=LEARNED,
        width=4,
        height=5,
        targets=(Target(least("model_reference_learning_ratio", "", ONE_MODEL)),),
    )


def _events() -> Table:
    return Table(
        title="Events",
        description="Events sent about this model: releases, retraining, incidents. They are marked on every graph. "
        "Empty until one is sent.",
        look=Look(unknown="no event"),
        width=8,
        height=5,
        sort_by="When",
        labels=(Label(name="title", title="Event"), Label(name="kind", title="Kind")),
        values=(Value(title="When", expr=f"max by (kind, title) ({events(*EVENTS_OF_ONE)})", look=MOMENT),),
    )


def _clock() -> TimeSeries:
    return TimeSeries(
        title="Samples in each window",
        description="Samples in each window, and the fewest for which drift is computed.",
        look=COUNT,
        width=24,
        height=7,
        logarithmic=True,
        targets=(
            Target(total("model_window_samples", "window", ONE_MODEL), "{{window}}"),
            Target(worst("model_window_minimum_samples", "", ONE_MODEL), "minimum", color=NOTICE, dashed=True),
        ),
    )
