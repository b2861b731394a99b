"""Whether requests are answered, in time, and what the model server's process needs for it."""

from ..look import BAD, BLUE, BUDGET, BYTES, COUNT, GREEN, ORANGE, PURPLE, RATIO, REQUESTS_PER_SECOND, SECONDS, Look
from ..panels import Heatmap, Panel, TimeSeries
from ..queries import (
    ONE_MODEL,
    WINDOW,
    Target,
    budget_left,
    burn_rate,
    drift_budget_left,
    per_second,
    quantile,
    time_budget_left,
    total,
    worst,
)

IN_WINDOW = f"{ONE_MODEL},{WINDOW}"
NOT_FOUND = "Empty unless the exporter is configured to find the process."
DURATION = "model_request_duration_seconds"
LATENCY_LIMIT = Target(worst("model_slo_latency_threshold_seconds", "", ONE_MODEL), "objective", color=BAD, dashed=True)

# The burn rates that use up a month's budget within two days, five days and a month.
BURN = Look(decimals=1, minimum=0, steps=((None, BLUE), (1, ORANGE), (6, ORANGE), (14.4, BAD)))


def requests() -> tuple[Panel, ...]:
    """Return latency and errors of requests."""
    return (_latency(), _heatmap(), _rolling(), _stages(), _codes(), _errors())


def _latency() -> TimeSeries:
    return TimeSeries(
        title="Latency",
        description="Latency quantiles from the histogram of all replicas together. Dashed: the latency objective.",
        look=SECONDS,
        targets=(
            Target(quantile(0.5, DURATION, "", ONE_MODEL), "median", color=BLUE),
            Target(quantile(0.95, DURATION, "", ONE_MODEL), "95th percentile", color=ORANGE),
            Target(quantile(0.99, DURATION, "", ONE_MODEL), "99th percentile", color=GREEN),
            LATENCY_LIMIT,
        ),
    )


def _heatmap() -> Heatmap:
    counts = f"sum by (le) (increase({DURATION}_bucket{{{ONE_MODEL}}}[$__rate_interval]))"
    return Heatmap(
        title="Spread of latency",
        description="Number of requests in each latency bucket; lighter is more.",
        look=SECONDS,
        y_unit="s",
        targets=(Target(counts, "{{le}}"),),
    )


def _rolling() -> TimeSeries:
    return TimeSeries(
        title="Latency of the window",
        description="Latency quantiles of the chosen window, on the slowest replica.",
        look=SECONDS,
        targets=(
            Target(worst("model_request_duration_quantile_seconds", "quantile", IN_WINDOW), "quantile {{quantile}}"),
        ),
    )


def _stages() -> TimeSeries:
    return TimeSeries(
        title="Latency of each stage",
        description="95th percentile of each stage, if the model server reports stages.",
        look=SECONDS,
        targets=(Target(quantile(0.95, "model_stage_duration_seconds", "stage", ONE_MODEL), "{{stage}}"),),
    )


def _codes() -> TimeSeries:
    return TimeSeries(
        title="Requests by status",
        description="Requests per second by HTTP status.",
        look=REQUESTS_PER_SECOND,
        stacked=True,
        targets=(Target(per_second("model_requests_total", "code", ONE_MODEL), "{{code}}"),),
    )


def _errors() -> TimeSeries:
    return TimeSeries(
        title="Errors over time",
        description="Share of requests in each window that were answered with a 4xx or 5xx status. Dashed: the share "
        "that the availability objective allows.",
        look=RATIO,
        targets=(
            Target(worst("model_request_error_ratio", "window", ONE_MODEL), "{{window}}"),
            Target(f"1 - {_objective('availability')}", "allowed", color=BAD, dashed=True),
        ),
    )


def _objective(slo: str) -> str:
    return worst("model_slo_objective_ratio", "", f'{ONE_MODEL},slo="{slo}"')


def objectives() -> tuple[Panel, ...]:
    """Return how fast error budgets are spent, and what is left of them."""
    return (
        TimeSeries(
            title="Burn rate",
            description="How fast the error budget is spent: at 1 it lasts exactly the SLO period; at 14.4 a month's "
            "budget is gone in two days. Dashed: 1, 6 and 14.4.",
            look=BURN,
            lines=True,
            targets=tuple(
                Target(burn_rate("slo", ONE_MODEL, over), f"{{{{slo}}}} over {over}", color, over == "6h")
                for over, color in (("5m", ORANGE), ("1h", BLUE), ("6h", GREEN))
            ),
        ),
        TimeSeries(
            title="Error budget left",
            description="Share of each objective's error budget left over the chosen SLO period; below 0 the objective "
            "is missed. drift_free is spent by the share of features that have drifted in the chosen window; freshness "
            "and quality by the time in which they are missed.",
            look=BUDGET,
            calculations=("last", "min"),
            max_points=200,
            targets=(
                Target(budget_left("slo", ONE_MODEL), "{{slo}}"),
                Target(time_budget_left(ONE_MODEL), "{{slo}}"),
                Target(drift_budget_left(ONE_MODEL, IN_WINDOW), "drift_free", PURPLE, True),
            ),
        ),
    )


def process() -> tuple[Panel, ...]:
    """Return what the model server's process uses."""
    return (
        TimeSeries(
            title="CPU",
            description=f"CPU cores used by the model server's process. {NOT_FOUND}",
            look=Look(decimals=2, minimum=0),
            width=8,
            targets=(Target(per_second("model_process_cpu_seconds_total", "instance", ONE_MODEL), "{{instance}}"),),
        ),
        _with_limit(
            "Memory",
            "Resident memory of the model server's process.",
            BYTES,
            ("model_process_resident_memory_bytes", "model_process_memory_limit_bytes"),
        ),
        _with_limit(
            "Open file descriptors",
            "Files and connections opened by the model server's process.",
            COUNT,
            ("model_process_open_fds", "model_process_open_fds_limit"),
        ),
    )


def _with_limit(title: str, description: str, look: Look, metrics: tuple[str, str]) -> TimeSeries:
    used, limit = metrics
    return TimeSeries(
        title=title,
        description=f"{description} Dashed: the limit, if one is set. {NOT_FOUND}",
        look=look,
        width=8,
        targets=(
            Target(total(used, "instance", ONE_MODEL), "{{instance}}"),
            Target(f"min({limit}{{{ONE_MODEL}}})", "limit", color=BAD, dashed=True),
        ),
    )
