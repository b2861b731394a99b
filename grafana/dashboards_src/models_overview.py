"""All models at a glance: which one needs a look, and is the exporter itself well?"""

from . import exporter_health
from .dashboard import MODEL_UID, OVERVIEW_UID, Dashboard, LabelVariable, Row, link
from .look import (
    BUDGET,
    DRIFTED_COUNT,
    ERRORS,
    NOTICE,
    RATIO,
    REQUESTS_PER_SECOND,
    SECONDS,
    Look,
    falling,
    rising,
)
from .measures import title
from .panels import Panel, Stat, TimeSeries
from .queries import (
    ALL_MODELS,
    EACH_MODEL,
    EVENTS_OF_ALL,
    WINDOW,
    Target,
    budget_left,
    least,
    per_second,
    quantile,
    total,
    worst,
)
from .shared import SLO_PERIOD, annotations
from .shared import WINDOW as WINDOW_VARIABLE
from .tables import Label, Table, Value

NAME = "{{model}} {{version}} {{variant}}"
IN_WINDOW = f"{ALL_MODELS},{WINDOW}"
MODELS = f"group by ({EACH_MODEL}) (model_window_samples{{{IN_WINDOW}}})"
DRIFTED = worst("model_drifted_features", EACH_MODEL, IN_WINDOW)
FIRING = f'ALERTS{{alertstate="firing",{ALL_MODELS}}}'
FIRING_OF_ALL = 'ALERTS{alertstate="firing",severity=~"page|ticket"}'

ALERTS = Look(unit="locale", decimals=0, steps=rising(None, 1))
ACCURACY = Look(unit="percentunit", decimals=1, unknown="not measured")
ERROR_SIZE = Look(decimals=3, unknown="not measured")
SAMPLES = Look(unit="locale", decimals=0)


def _alerts_of_each_model() -> str:
    firing = f"count by (model) ({FIRING})"
    return f"{MODELS} * on (model) group_left () {firing} or {MODELS} * 0"


def _glance() -> tuple[Panel, ...]:
    return (
        Stat(
            title="Models seen",
            description="Models, versions and variants that the exporters have seen.",
            look=SAMPLES,
            targets=(Target(f"count({MODELS})"),),
        ),
        Stat(
            title="Drifted",
            description="Models with at least one drifted feature in the chosen window.",
            look=DRIFTED_COUNT,
            show="value_and_name",
            targets=(Target(_drifted_of_all(), "of {{of}} models"),),
        ),
        Stat(
            title="Drift unknown",
            description="Models without a verdict in the chosen window, such as with too few samples or while the "
            "reference is being learned. Unknown does not mean stable.",
            look=Look(unit="locale", decimals=0, steps=rising(1, None)),
            targets=(Target(f"count({MODELS}) - (sum({DRIFTED} >= bool 0) or vector(0))"),),
        ),
        Stat(
            title="Alerts firing",
            description="Pages and tickets that fire now, about models, exporters and Prometheus itself.",
            look=ALERTS,
            targets=(Target(f"count({FIRING_OF_ALL}) or vector(0)"),),
        ),
        Stat(
            title="Exporters up",
            description="Share of the exporters that Prometheus can scrape.",
            look=Look(unit="percentunit", decimals=0, steps=falling(0.5, 1)),
            targets=(Target(f"avg(up{{{exporter_health.JOB}}})"),),
        ),
    )


def _drifted_of_all() -> str:
    return f'sum({DRIFTED} > bool 0) * on () group_left (of) count_values without () ("of", count({MODELS}))'


def _models() -> Table:
    link_to_model = link(
        "Open ${__data.fields.Model} ${__data.fields.Version}",
        MODEL_UID,
        "var-model=${__data.fields.Model:percentencode}",
        "var-version=${__data.fields.Version:percentencode}",
        "var-variant=${__data.fields.Variant:percentencode}",
    )
    return Table(
        title="Models",
        description="One row for each model, version and variant, in the chosen window; the worst replica counts. "
        "Select a model to see it in depth.",
        height=9,
        sort_by="Alerts",
        labels=(
            Label(name="model", title="Model", link=link_to_model, width=220),
            Label(name="version", title="Version", link=link_to_model),
            Label(name="variant", title="Variant"),
        ),
        values=(
            Value(title="Alerts", expr=_alerts_of_each_model(), look=ALERTS),
            Value(title="Errors", expr=worst("model_request_error_ratio", EACH_MODEL, IN_WINDOW), look=ERRORS),
            Value(title="p95", expr=_rolling_p95(), look=SECONDS),
            Value(title="Drifted features", expr=DRIFTED, look=DRIFTED_COUNT),
            Value(
                title=title("accuracy_ratio"), expr=least("model_accuracy_ratio", EACH_MODEL, IN_WINDOW), look=ACCURACY
            ),
            Value(
                title=title("mean_absolute_error"),
                expr=worst("model_mean_absolute_error", EACH_MODEL, IN_WINDOW),
                look=ERROR_SIZE,
            ),
            Value(
                title="SLO budget left",
                expr=f"min by ({EACH_MODEL}) ({budget_left(f'{EACH_MODEL}, slo', ALL_MODELS)})",
                look=BUDGET,
            ),
        ),
    )


def _rolling_p95() -> str:
    return worst("model_request_duration_quantile_seconds", EACH_MODEL, f'{IN_WINDOW},quantile="0.95"')


def _over_time() -> tuple[Panel, ...]:
    errors = f"{_errors_per_second()} / {per_second('model_requests_total', EACH_MODEL, ALL_MODELS)}"
    return (
        TimeSeries(
            title="Traffic",
            description="Requests per second of each model.",
            look=REQUESTS_PER_SECOND,
            many=True,
            targets=(Target(per_second("model_requests_total", EACH_MODEL, ALL_MODELS), NAME),),
        ),
        TimeSeries(
            title="Errors",
            description="Share of requests that were answered with a 4xx or 5xx status.",
            look=RATIO,
            many=True,
            targets=(Target(errors, NAME),),
        ),
        TimeSeries(
            title="Latency, 95th percentile",
            description="95 of 100 requests were answered within this time; from the histogram of all replicas.",
            look=SECONDS,
            many=True,
            targets=(Target(quantile(0.95, "model_request_duration_seconds", EACH_MODEL, ALL_MODELS), NAME),),
        ),
        TimeSeries(
            title="Drifted features",
            description="Number of drifted features in the chosen window. A gap means that drift was unknown.",
            look=DRIFTED_COUNT,
            many=True,
            targets=(Target(DRIFTED, NAME),),
        ),
        TimeSeries(
            title="Samples in the window",
            description="Samples in the chosen window, all replicas together. Dashed: the fewest for which drift is "
            "computed.",
            look=SAMPLES,
            many=True,
            targets=(
                Target(total("model_window_samples", EACH_MODEL, IN_WINDOW), NAME),
                Target(f"max(model_window_minimum_samples{{{ALL_MODELS}}})", "minimum", color=NOTICE, dashed=True),
            ),
        ),
        TimeSeries(
            title="SLO budget left by model",
            description="Share of the error budget left over the chosen SLO period; below 0 the objective is missed. "
            "The worse of availability and latency counts.",
            look=BUDGET,
            many=True,
            calculations=("last", "min"),
            max_points=200,
            targets=(Target(f"min by ({EACH_MODEL}) ({budget_left(f'{EACH_MODEL}, slo', ALL_MODELS)})", NAME),),
        ),
    )


def _errors_per_second() -> str:
    failed = per_second("model_requests_total", EACH_MODEL, f'{ALL_MODELS},code=~"[45].."')
    # A model that never failed has no series with such a code: its errors are 0, not unknown.
    return f"({failed} or {per_second('model_requests_total', EACH_MODEL, ALL_MODELS)} * 0)"


def build() -> Dashboard:
    """Return the dashboard of all models."""
    return Dashboard(
        uid=OVERVIEW_UID,
        title="Models: overview",
        description="Which model needs a look? Traffic, errors, latency, drift, performance and SLO of all models, "
        "and the health of the exporter that measures them.",
        variables=(
            LabelVariable("models", "Models", "model", "model_window_samples", many=True),
            WINDOW_VARIABLE,
            SLO_PERIOD,
            LabelVariable("job", "Exporter job", "job", "inference_exporter_build_info", many=True),
        ),
        annotations=annotations(ALL_MODELS, EVENTS_OF_ALL),
        rows=(
            Row("Which model needs a look?", (*_glance(), _models())),
            Row("Trends", _over_time(), folded=True),
            Row("Exporter health", exporter_health.panels(), folded=True),
        ),
    )
