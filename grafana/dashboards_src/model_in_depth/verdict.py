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
    Look,
)
from ..panels import Panel, Stat, TimeSeries
from ..queries import EACH_MODEL, EVENTS_OF_ONE, ONE_MODEL, WINDOW, Target, budget_left, events, least, total, worst
from ..tables import Label, Table, Value

IN_WINDOW = f"{ONE_MODEL},{WINDOW}"
PROCESS = Look(words={0: ("DOWN", BAD), 1: ("up", GOOD)}, unknown="not watched")
OUTCOME_SHARE = Look(unit="percentunit", decimals=1, unknown="no outcomes")
ERROR_SIZE = Look(decimals=3, unknown="no outcomes")
LEARNED = Look(unit="percentunit", decimals=0, minimum=0, maximum=1, steps=((None, NOTICE), (1, GOOD)))


def panels() -> tuple[Panel, ...]:
    """Return one number for each thing that can be wrong, and the alerts that say so."""
    return (*_drift(), *_service(), *_performance(), _why_unknown(), _alerts())


def _drift() -> tuple[Panel, ...]:
    return (
        Stat(
            title="Drifted features",
            description="Features that are further from the reference than the threshold and than sampling noise.",
            look=DRIFTED_COUNT,
            targets=(Target(worst("model_drifted_features", "", IN_WINDOW)),),
        ),
        Stat(
            title="Prediction",
            description="Whether the distribution of the predictions has drifted from the reference.",
            look=VERDICT,
            targets=(Target(worst("model_prediction_drifted", "", IN_WINDOW)),),
        ),
        Stat(
            title="Samples in the window",
            description="Samples on which these verdicts rest, all replicas together.",
            look=COUNT,
            targets=(Target(total("model_window_samples", "", IN_WINDOW)),),
        ),
    )


def _service() -> tuple[Panel, ...]:
    return (
        Stat(
            title="Errors",
            description="Share of requests in the window that were answered with a 4xx or 5xx status.",
            look=ERRORS,
            targets=(Target(worst("model_request_error_ratio", "", IN_WINDOW)),),
        ),
        Stat(
            title="95th percentile of latency",
            description="Time within which 95 of 100 requests of the window were answered, on the slowest replica.",
            look=SECONDS,
            targets=(Target(_rolling_quantile("0.95")),),
        ),
        Stat(
            title="SLO budget left",
            description="Share of the error budget that is left over the chosen SLO period; below 0 the objective is "
            "missed. The worse of availability and latency counts.",
            look=BUDGET,
            targets=(Target(f"min({budget_left('slo', ONE_MODEL)})"),),
        ),
    )


def _rolling_quantile(quantile: str) -> str:
    return worst("model_request_duration_quantile_seconds", "", f'{IN_WINDOW},quantile="{quantile}"')


def _performance() -> tuple[Panel, ...]:
    return (
        Stat(
            title="Accuracy",
            description="Share of predictions of the window that came true, of those with an outcome. "
            "A regression has none.",
            look=OUTCOME_SHARE,
            targets=(Target(least("model_accuracy_ratio", "", IN_WINDOW)),),
        ),
        Stat(
            title="Mean absolute error",
            description="How far predictions of the window were off on average. A classifier has none.",
            look=ERROR_SIZE,
            targets=(Target(worst("model_mean_absolute_error", "", IN_WINDOW)),),
        ),
        Stat(
            title="Process",
            description="Whether the model server's process is found, if the exporter was told where to look.",
            look=PROCESS,
            targets=(Target(least("model_process_up", "", ONE_MODEL)),),
        ),
    )


def _why_unknown() -> Stat:
    return Stat(
        title="Why drift is unknown",
        description="The reason why no verdict can be given for the chosen window, if so.",
        look=Look(steps=((None, NOTICE),), unknown="drift is known"),
        show="name",
        width=4,
        targets=(Target(worst("model_drift_unknown", "reason", IN_WINDOW), "{{reason}}"),),
    )


def _alerts() -> Table:
    labels = "alertname, severity, feature"
    return Table(
        title="Firing alerts",
        description="Alerts about this model, whichever version, that fire now.",
        look=Look(unknown="no alert is firing"),
        width=8,
        height=4,
        sort_by="Severity",
        descending=False,
        labels=(
            Label(name="alertname", title="Alert"),
            Label(name="severity", title="Severity"),
            Label(name="feature", title="Feature"),
        ),
        values=(
            Value(title="Series", expr=f'count by ({labels}) (ALERTS{{alertstate="firing",model="$model"}})', width=80),
        ),
    )


def background() -> tuple[Panel, ...]:
    """Return what the model is compared with, and what was told about it."""
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
        title="Reference learned",
        description="How much of the reference has been learned; 100 % is frozen or read from a file.",
        look=LEARNED,
        width=4,
        height=5,
        targets=(Target(least("model_reference_learning_ratio", "", ONE_MODEL)),),
    )


def _events() -> Table:
    return Table(
        title="Events",
        description="What was told about this model: releases, retraining, incidents. They are marked on every graph.",
        look=Look(unknown="no event was told"),
        width=8,
        height=5,
        sort_by="When",
        labels=(Label(name="title", title="Event"), Label(name="kind", title="Kind")),
        values=(Value(title="When", expr=f"max by (kind, title) ({events(*EVENTS_OF_ONE)})", look=MOMENT),),
    )


def _clock() -> TimeSeries:
    return TimeSeries(
        title="Samples of all windows",
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
