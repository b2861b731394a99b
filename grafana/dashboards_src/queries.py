"""Queries of panels, and the PromQL that several dashboards share."""

from dataclasses import dataclass
from typing import Literal

from .look import Json

Format = Literal["time_series", "table", "heatmap"]

DATASOURCE: Json = {"type": "prometheus", "uid": "${datasource}"}
EACH_MODEL = "model, version, variant"
ALL_MODELS = 'model=~"$models"'
ONE_MODEL = 'model="$model",version="$version",variant="$variant"'
EVENTS_OF_ALL = (ALL_MODELS, 'model=""')
EVENTS_OF_ONE = ('model="$model",version="$version"', 'model="$model",version=""', 'model=""')
ONE_FEATURE = f'{ONE_MODEL},feature="$feature"'
WINDOW = 'window="$window"'

LINES_OF_FEATURES = 10
CHANGE_LABELS = "moved, change, since"


@dataclass(frozen=True)
class Target:
    """One query of a panel; a colour or a dash marks its series in the drawing."""

    expr: str
    legend: str = ""
    color: str | None = None
    dashed: bool = False

    def json(self, ref_id: str, *, instant: bool = False, format: Format = "time_series") -> Json:
        """Return the query as Grafana stores it."""
        return {
            "refId": ref_id,
            "datasource": DATASOURCE,
            "editorMode": "code",
            "expr": self.expr,
            "legendFormat": self.legend or "__auto",
            "format": format,
            "instant": instant,
            "range": not instant,
        }


def ref_id(index: int) -> str:
    """Return the letter of a panel's query: A, B, …"""
    return chr(ord("A") + index)


def worst(metric: str, by: str, selector: str) -> str:
    """Return the greatest value over replicas; a replica that does not know (NaN) does not hide one that does."""
    return f"max by ({by}) ({metric}{{{selector}}})"


def least(metric: str, by: str, selector: str) -> str:
    """Return the smallest value over replicas."""
    return f"min by ({by}) ({metric}{{{selector}}})"


def mean(metric: str, by: str, selector: str) -> str:
    """Return the mean of the replicas that know; a replica that does not (NaN) would make it unknown."""
    return f"avg by ({by}) ({metric}{{{selector}}} >= -Inf)"


def total(metric: str, by: str, selector: str) -> str:
    """Return the sum over replicas."""
    return f"sum by ({by}) ({metric}{{{selector}}})"


def per_second(metric: str, by: str, selector: str) -> str:
    """Return the rate of a counter, summed over replicas."""
    return f"sum by ({by}) (rate({metric}{{{selector}}}[$__rate_interval]))"


def quantile(share: float, histogram: str, by: str, selector: str) -> str:
    """Return a quantile of a histogram, pooled over replicas."""
    labels = f"{by}, le" if by else "le"
    return f"histogram_quantile({share}, {per_second(f'{histogram}_bucket', labels, selector)})"


def top_features(metric: str, lines: int = LINES_OF_FEATURES) -> str:
    """Return the features that are highest within the dashboard's time range, as whole lines.

    A bare topk() chooses anew at every step, so that lines come and go; here
    the choice is made once, at the end of the range.
    """
    selector = f"{ONE_MODEL},{WINDOW}"
    peak = f"max by (feature) (max_over_time({metric}{{{selector}}}[$__range] @ end()))"
    return f"{worst(metric, 'feature', selector)} and on (feature) topk({lines}, {peak})"


def changes(info: str, psi: str, by: str, selector: str) -> str:
    """Return the debiased PSI of what drifted, with the change as labels: what moved, how, and since when."""
    labelled = f"max by ({', '.join(filter(None, (by, CHANGE_LABELS)))}) ({info}{{{selector}}})"
    return f"{labelled} * on ({by}) group_left () {worst(psi, by, selector)}"


def _bad_ratio(by: str, selector: str, over: str) -> str:
    good = f"sum by ({by}) (increase(model_slo_good_events_total{{{selector}}}[{over}]))"
    events = f"sum by ({by}) (increase(model_slo_events_total{{{selector}}}[{over}]))"
    return f"(1 - {good} / {events})"


def burn_rate(by: str, selector: str, over: str) -> str:
    """Return how many times faster than allowed the error budget of an objective is spent."""
    return f"{_bad_ratio(by, selector, over)} / (1 - {worst('model_slo_objective_ratio', by, selector)})"


def budget_left(by: str, selector: str) -> str:
    """Return the share of the error budget that is left over the period chosen in the dashboard."""
    return f"1 - {burn_rate(by, selector, '$slo_period')}"


def time_budget_left(selector: str) -> str:
    """Return the same for objectives on time, such as freshness: shares of the period in which they were missed.

    The recording rules of the bundle know them; without the rules there is no such line.
    """
    missed = f'avg by (slo) (avg_over_time(model_slo:bad:ratio{{{selector},slo!="drift_free"}}[$slo_period]))'
    return f"1 - {missed} / (1 - {worst('model_slo_objective_ratio', 'slo', selector)})"


def drift_budget_left(selector: str, in_window: str) -> str:
    """Return the share of the budget of drift that is left over that period: features drifted, on average over time."""
    # While drift is unknown (NaN) it spends nothing; without the comparison it would make the whole average unknown.
    known = f"max(model_drifted_features_ratio{{{in_window}}}) >= 0"
    drifted = f"max(avg_over_time(({known})[$slo_period:]))"
    objective = worst("model_slo_objective_ratio", "", f'{selector},slo="drift_free"')
    return f"1 - {drifted} / (1 - {objective})"


def events(*selectors: str) -> str:
    """Return when each event happened, in milliseconds; an event that names no model or version concerns them all."""
    return f"{_event_times(*selectors)} * 1000"


def events_in_range(*selectors: str) -> str:
    """Return the events that happened within the time range; older ones would pile up at its edge."""
    return f"{events(*selectors)} >= $__from <= $__to"


def events_arriving(*selectors: str) -> str:
    """Return when each event within the time range was received, with its text and the time at which it happened."""
    chosen = " or ".join(f"model_event_arrival_timestamp_seconds{{{selector}}}" for selector in selectors)
    return f"max by (model, version, kind, title, text, event_time) ({chosen}) * 1000 >= $__from <= $__to"


def _event_times(*selectors: str) -> str:
    chosen = " or ".join(f"model_event_timestamp_seconds{{{selector}}}" for selector in selectors)
    return f"max by (model, version, kind, title) ({chosen})"


def firing_since(by: str, selector: str) -> str:
    """Return since when each alert has been firing or pending, in milliseconds, of those that fire now."""
    began = f"min by ({by}) (ALERTS_FOR_STATE{{{selector}}})"
    return f'({began} and on ({by}) group by ({by}) (ALERTS{{alertstate="firing",{selector}}})) * 1000'


def worth_samples(by: str, selector: str) -> str:
    """Return how many independent samples a window is worth to features, all replicas together."""
    on = ", ".join(label for label in ("window", by) if label)
    samples = f"sum by (window) (model_window_samples{{{ONE_MODEL},{WINDOW}}})"
    effect = f"max by ({on}) (model_feature_design_effect_ratio{{{selector}}})"
    return f"max by ({by}) ({samples} / on (window) group_right () {effect})"


def threshold(selector: str) -> str:
    """Return the configured PSI from which a change of a feature matters."""
    return f'max (model_drift_threshold{{{selector},measure=~"psi.*"}})'
