"""Every query of the committed dashboards as Prometheus would get it, with Grafana's variables filled in."""

import json
import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

GRAFANA = Path(__file__).parents[2] / "grafana"

# A dashboard over six hours at a scrape every 15 seconds.
BUILT_IN = {
    "__interval": "15s",
    "__interval_ms": "15000",
    "__range": "6h",
    "__range_s": "21600",
    "__range_ms": "21600000",
    "__rate_interval": "1m",
    "__from": "0",
    "__to": "9e12",
}
_VARIABLE = re.compile(r"\$\{([A-Za-z_]\w*)(?::\w+)?\}|\$([A-Za-z_]\w*)")  # $1 belongs to label_replace()
_METRIC = re.compile(r"\b(?:model|inference_exporter)_[a-z0-9_]+")
_PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*\}\}")

CIRCUMSTANCES = frozenset(
    {
        "classification",
        "regression",
        "numeric feature",
        "categorical feature",
        "reference without outcomes",
        "no stages",
        "no process",
        "no memory limit",
        "no events",
    }
)

Dashboard = dict[str, Any]


@dataclass(frozen=True)
class Query:
    """One query of a dashboard: a panel's, an annotation's (its letter is empty) or a variable's."""

    dashboard: str
    panel: str
    ref_id: str
    expr: str
    legend: str = ""
    instant: bool = False

    @property
    def name(self) -> str:
        """What a failed test calls it."""
        return f"{self.dashboard} / {self.panel} {self.ref_id}".rstrip()

    @property
    def legend_labels(self) -> tuple[str, ...]:
        """The labels that the legend shows, which an answer therefore has to have."""
        return tuple(_PLACEHOLDER.findall(self.legend))

    def filled(self, values: Mapping[str, str]) -> "Query":
        """Return the query as Prometheus gets it."""
        return Query(self.dashboard, self.panel, self.ref_id, substitute(self.expr, values), self.legend, self.instant)


@dataclass(frozen=True)
class MayBeEmpty:
    """Why a query has no answer although all is well; no letters means all queries of the panel.

    `when` is the circumstance in which that holds; it holds always where there is none.
    """

    dashboard: str
    panel: str
    reason: str
    targets: tuple[str, ...] = ()
    when: str = ""

    def covers(self, query: Query, circumstances: Set[str]) -> bool:
        """Return whether this says that the query may stay without an answer."""
        same_panel = (self.dashboard, self.panel) == (query.dashboard, query.panel)
        holds = not self.when or self.when in circumstances
        return same_panel and holds and query.ref_id in (self.targets or (query.ref_id,))


def substitute(expr: str, values: Mapping[str, str]) -> str:
    """Return the expression with variables filled in; Grafana's own have defaults that `values` may replace.

    Raises
    ------
    KeyError
        If a variable has no value.
    """
    known = {**BUILT_IN, **values}
    return _VARIABLE.sub(lambda match: known[match[1] or match[2]], expr)


def variables_in(expr: str) -> set[str]:
    """Return the names of the variables that an expression uses, Grafana's own among them."""
    return {match[1] or match[2] for match in _VARIABLE.finditer(expr)}


def metrics_in(expr: str) -> set[str]:
    """Return the names of the exporter's metrics that an expression reads."""
    return set(_METRIC.findall(expr))


def dashboards() -> list[Dashboard]:
    """Return the committed dashboards."""
    return [json.loads(path.read_text()) for path in sorted((GRAFANA / "dashboards").glob("*.json"))]


def panels(dashboard: Dashboard) -> Iterator[Dashboard]:
    """Yield the panels of a dashboard, rows and what is folded into them included."""
    for panel in dashboard["panels"]:
        yield panel
        yield from panel.get("panels", [])


def panel_queries(dashboard: Dashboard) -> Iterator[Query]:
    """Yield the queries of the panels of a dashboard."""
    for panel in panels(dashboard):
        for target in panel.get("targets", []):
            legend = "" if target["legendFormat"] == "__auto" else target["legendFormat"]
            where = (dashboard["uid"], panel["title"], target["refId"])
            yield Query(*where, target["expr"], legend, target["instant"])


def annotation_queries(dashboard: Dashboard) -> Iterator[Query]:
    """Yield the queries of the annotations of a dashboard; their legend is the text that is shown."""
    for annotation in dashboard["annotations"]["list"]:
        legend = f"{annotation['titleFormat']} {annotation['textFormat']}"
        yield Query(dashboard["uid"], f"annotation: {annotation['name']}", "", annotation["expr"], legend)


def variable_queries(dashboard: Dashboard) -> Iterator[Query]:
    """Yield what the variables of a dashboard are filled from, as queries that answer with one series a choice."""
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            selector, label = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["definition"]).groups()  # type: ignore[union-attr]
            expr = f"group by ({label}) ({selector})"
            yield Query(dashboard["uid"], f"variable: {variable['name']}", "", expr, f"{{{{{label}}}}}", True)


def all_queries() -> list[Query]:
    """Return every query of every dashboard, variables not filled in."""
    kinds = (panel_queries, annotation_queries, variable_queries)
    return [query for dashboard in dashboards() for kind in kinds for query in kind(dashboard)]


def filled_queries(values: Mapping[str, str]) -> list[Query]:
    """Return every query of every dashboard with variables filled in.

    `values` names `models` (a regular expression), `model`, `version`,
    `variant`, `feature`, `window`, `job` (a regular expression) and
    `slo_period`; Grafana's own, such as `__range`, have defaults.
    """
    return [query.filled(values) for query in all_queries()]


@cache
def legitimately_empty() -> tuple[MayBeEmpty, ...]:
    """Return which queries may stay without an answer, from `grafana/queries.yml`."""
    listed = yaml.safe_load((GRAFANA / "queries.yml").read_text())["may_be_empty"]
    return tuple(
        MayBeEmpty(entry["dashboard"], panel, entry["reason"], tuple(entry.get("targets", ())), entry.get("when", ""))
        for entry in listed
        for panel in entry["panels"]
    )


def reason_for_silence(query: Query, circumstances: Set[str]) -> str | None:
    """Return why the query may stay without an answer, None where it must have one.

    `circumstances` are those of CIRCUMSTANCES that hold, such as `{"classification", "no stages"}`.
    """
    return next((entry.reason for entry in legitimately_empty() if entry.covers(query, circumstances)), None)
