"""A whole dashboard: rows of panels laid out on the grid, variables, annotations and links."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .look import Json
from .panels import Panel, panel_id
from .queries import DATASOURCE

SCHEMA_VERSION = 39  # Grafana 10.3 reads it; newer ones migrate it on loading
GRID_COLUMNS = 24
TAG = "inference-exporter"

OVERVIEW_UID = "models-overview"
MODEL_UID = "model-in-depth"
FEATURE_UID = "feature-in-depth"


@dataclass(frozen=True)
class Row:
    """Panels under a heading, set from left to right, then downwards; folded rows load when opened."""

    title: str
    panels: tuple[Panel, ...]
    folded: bool = False


@dataclass(frozen=True)
class LabelVariable:
    """A variable whose choices are the values of a label."""

    name: str
    title: str
    label: str
    of: str
    many: bool = False
    newest_first: bool = False

    def json(self) -> Json:
        """Return the variable as Grafana stores it."""
        query = f"label_values({self.of}, {self.label})"
        # Empty, so that Grafana selects the first choice.
        start = {"text": ["All"], "value": ["$__all"]} if self.many else {"text": "", "value": ""}
        return {
            "type": "query",
            "name": self.name,
            "label": self.title,
            "datasource": DATASOURCE,
            "definition": query,
            "query": {"query": query, "refId": "StandardVariableQuery"},
            "refresh": 2,  # on every change of the time range
            "regex": "",
            "sort": 4 if self.newest_first else 1,  # numbers downwards, or letters upwards
            "hide": 0,
            "multi": self.many,
            "includeAll": self.many,
            "options": [],
            "current": start,
        }


@dataclass(frozen=True)
class ChoiceVariable:
    """A variable with fixed choices, the first of which is taken at the start."""

    name: str
    title: str
    choices: tuple[str, ...]

    def json(self) -> Json:
        """Return the variable as Grafana stores it."""
        options = [{"text": c, "value": c, "selected": c == self.choices[0]} for c in self.choices]
        return {
            "type": "custom",
            "name": self.name,
            "label": self.title,
            "query": ",".join(self.choices),
            "hide": 0,
            "multi": False,
            "includeAll": False,
            "options": options,
            "current": options[0],
        }


Variable = LabelVariable | ChoiceVariable


@dataclass(frozen=True)
class Annotation:
    """Moments or spans marked on every graph; with `at_value` the query's value is the moment, in milliseconds."""

    name: str
    expr: str
    title: str
    text: str
    color: str
    tags: tuple[str, ...] = ()
    at_value: bool = False
    enabled: bool = True
    """Whether it is shown before a person switches it on."""

    def json(self) -> Json:
        """Return the annotation as Grafana stores it."""
        return {
            "name": self.name,
            "datasource": DATASOURCE,
            "enable": self.enabled,
            "hide": False,
            "iconColor": self.color,
            "expr": self.expr,
            "step": "30s",
            "titleFormat": self.title,
            "textFormat": self.text,
            "tagKeys": ",".join(self.tags),
            "useValueForTime": self.at_value,
        }


@dataclass(frozen=True)
class Dashboard:
    """One question, answered from the top downwards: verdict, trend, detail."""

    uid: str
    title: str
    description: str
    variables: tuple[Variable, ...]
    annotations: tuple[Annotation, ...]
    rows: tuple[Row, ...]

    def json(self) -> Json:
        """Return the dashboard as Grafana provisions it."""
        return {
            "id": None,
            "uid": self.uid,
            "title": self.title,
            "description": self.description,
            "tags": [TAG],
            "schemaVersion": SCHEMA_VERSION,
            "version": 1,
            "editable": False,
            "graphTooltip": 1,
            "refresh": "30s",
            "time": {"from": "now-6h", "to": "now"},
            "timepicker": {},
            "timezone": "browser",
            "weekStart": "",
            "fiscalYearStartMonth": 0,
            "liveNow": False,
            "links": [_links_to_the_others()],
            "templating": {"list": [_datasource_variable(), *(v.json() for v in self.variables)]},
            "annotations": {"list": [annotation.json() for annotation in self.annotations]},
            "panels": list(_grid(self.rows)),
        }


def _datasource_variable() -> Json:
    return {
        "type": "datasource",
        "name": "datasource",
        "label": "Data source",
        "query": "prometheus",
        "refresh": 1,
        "regex": "",
        "hide": 0,
        "multi": False,
        "includeAll": False,
        "options": [],
        "current": {"text": "Prometheus", "value": "prometheus", "selected": False},
    }


def _links_to_the_others() -> Json:
    return {
        "type": "dashboards",
        "title": "Models",
        "tags": [TAG],
        "asDropdown": True,
        "keepTime": True,
        "includeVars": True,
        "targetBlank": False,
        "icon": "external link",
        "tooltip": "",
        "url": "",
    }


def link(title: str, uid: str, *arguments: str) -> Json:
    """Return a link to a dashboard that keeps data source, window and time range, with more URL arguments."""
    kept = ("${datasource:queryparam}", "${window:queryparam}")
    return {
        "title": title,
        "url": f"/d/{uid}?" + "&".join((*kept, *arguments, "${__url_time_range}")),
        "targetBlank": False,
    }


def _grid(rows: Sequence[Row]) -> Iterator[Json]:
    y = 0
    for row in rows:
        panels, end = _placed(row.panels, y + 1)
        heading = {
            "id": panel_id(f"row: {row.title}"),
            "type": "row",
            "title": row.title,
            "collapsed": row.folded,
            "gridPos": {"x": 0, "y": y, "w": GRID_COLUMNS, "h": 1},
            "panels": panels if row.folded else [],
        }
        yield heading
        if row.folded:
            y += 1
        else:
            yield from panels
            y = end


def _placed(panels: Sequence[Panel], y: int) -> tuple[list[Json], int]:
    """Return the panels with their places from line `y` on, and the first free line below them."""
    placed, x, line_height = [], 0, 0
    for panel in panels:
        if x + panel.width > GRID_COLUMNS:
            x, y, line_height = 0, y + line_height, 0
        placed.append(panel.json(x, y))
        x += panel.width
        line_height = max(line_height, panel.height)
    return placed, y + line_height
