"""The kinds of panel: what a dashboard says of each, and the JSON that Grafana reads."""

import zlib
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Literal

from .look import COUNT, GREY, PURPLE, SKY, Json, Look
from .queries import DATASOURCE, Format, Target, ref_id

Calculation = Literal["last", "max", "mean", "min"]


def panel_id(title: str) -> int:
    """Return an id that stays when panels are added or moved, so that links to one panel keep working."""
    return zlib.crc32(title.encode()) % 1_000_000 + 1


def override(matcher: str, options: str, properties: Json) -> Json:
    """Return a field override: `properties` for the series or column that matches."""
    return {
        "matcher": {"id": matcher, "options": options},
        "properties": [{"id": key, "value": value} for key, value in properties.items()],
    }


def fixed(color: str) -> Json:
    """Return the colour setting of a series that always has this colour."""
    return {"mode": "fixed", "fixedColor": color}


@dataclass(frozen=True, kw_only=True)
class Panel(ABC):
    """What all panels have; `width` counts the 24 columns of the grid."""

    kind: ClassVar[str]
    instant: ClassVar[bool] = False

    title: str
    description: str
    look: Look = COUNT
    width: int = 12
    height: int = 8

    @abstractmethod
    def _queries(self) -> tuple[Target, ...]:
        """Return the queries of the panel."""

    @property
    def _answer(self) -> Format:
        """The form in which the panel wants its answers."""
        return "time_series"

    @abstractmethod
    def _options(self) -> Json:
        """Return the options of this kind of panel."""

    def _custom(self) -> Json:
        """Return how this kind of panel draws a series."""
        return {}

    def _defaults(self) -> Json:
        """Return what holds for every series of the panel."""
        custom = self._custom()
        return {**self.look.defaults(), **({"custom": custom} if custom else {})}

    def _overrides(self) -> list[Json]:
        """Return what holds for single series."""
        return []

    def _transformations(self) -> list[Json]:
        """Return what is done to the answers before they are drawn."""
        return []

    def _limits(self) -> Json:
        """Return what bounds the work of answering the queries."""
        return {}

    def json(self, x: int, y: int) -> Json:
        """Return the panel at a place of the grid."""
        targets = [
            target.json(ref_id(i), instant=self.instant, format=self._answer)
            for i, target in enumerate(self._queries())
        ]
        return {
            "id": panel_id(self.title),
            "type": self.kind,
            "title": self.title,
            "description": self.description,
            "datasource": DATASOURCE,
            "gridPos": {"x": x, "y": y, "w": self.width, "h": self.height},
            "fieldConfig": {"defaults": self._defaults(), "overrides": self._overrides()},
            "options": self._options(),
            "targets": targets,
            "transformations": self._transformations(),
            **self._limits(),
        }


@dataclass(frozen=True, kw_only=True)
class Stat(Panel):
    """Numbers of this moment, in large type. They show the last answer, never the last one that was known."""

    kind = "stat"
    instant = True

    targets: tuple[Target, ...]
    show: Literal["auto", "name", "value_and_name"] = "auto"
    width: int = 4
    height: int = 4

    def _queries(self) -> tuple[Target, ...]:
        return self.targets

    def _options(self) -> Json:
        return {
            "reduceOptions": {"values": False, "calcs": ["last"], "fields": ""},
            "colorMode": "value",
            "graphMode": "none",
            "justifyMode": "auto",
            "orientation": "auto",
            "textMode": self.show,
            "showPercentChange": False,
            "percentChangeColorMode": "standard",
            "wideLayout": True,
        }


@dataclass(frozen=True, kw_only=True)
class TimeSeries(Panel):
    """Lines over time; NaN leaves a gap. Series without a colour of their own get shades of one."""

    kind = "timeseries"

    targets: tuple[Target, ...]
    stacked: bool = False
    logarithmic: bool = False
    lines: bool = False
    calculations: tuple[Calculation, ...] = ("last", "max")
    max_points: int | None = None

    def _queries(self) -> tuple[Target, ...]:
        return self.targets

    def _options(self) -> Json:
        legend = {"showLegend": True, "displayMode": "table", "placement": "bottom", "calcs": list(self.calculations)}
        return {"legend": legend, "tooltip": {"mode": "multi", "sort": "desc"}}

    def _custom(self) -> Json:
        return {
            "drawStyle": "line",
            "lineWidth": 1,
            "fillOpacity": 30 if self.stacked else 0,
            "showPoints": "auto",
            "spanNulls": False,
            "stacking": {"mode": "normal" if self.stacked else "none", "group": "A"},
            "scaleDistribution": {"type": "log", "log": 10} if self.logarithmic else {"type": "linear"},
            "thresholdsStyle": {"mode": "dashed" if self.lines else "off"},
        }

    def _defaults(self) -> Json:
        return {**super()._defaults(), "color": {"mode": "shades", "fixedColor": SKY}}

    def _overrides(self) -> list[Json]:
        return [
            override("byFrameRefID", ref_id(i), properties)
            for i, target in enumerate(self.targets)
            if (properties := _line(target))
        ]

    def _limits(self) -> Json:
        return {} if self.max_points is None else {"maxDataPoints": self.max_points}


def _line(target: Target) -> Json:
    color = {"color": fixed(target.color)} if target.color else {}
    dash = {"custom.lineStyle": {"fill": "dash", "dash": [10, 10]}, "custom.lineWidth": 2} if target.dashed else {}
    unfilled = {"custom.fillOpacity": 0, "custom.stacking": {"mode": "none", "group": "B"}} if target.dashed else {}
    return {**color, **dash, **unfilled}


@dataclass(frozen=True, kw_only=True)
class StateTimeline(Panel):
    """A band for each series, coloured and worded by its state."""

    kind = "state-timeline"

    targets: tuple[Target, ...]

    def _queries(self) -> tuple[Target, ...]:
        return self.targets

    def _options(self) -> Json:
        return {
            "mergeValues": True,
            "showValue": "auto",
            "alignValue": "left",
            "rowHeight": 0.8,
            "legend": {"showLegend": True, "displayMode": "list", "placement": "bottom", "calcs": []},
            "tooltip": {"mode": "single", "sort": "none"},
        }

    def _custom(self) -> Json:
        return {"fillOpacity": 80, "lineWidth": 0}


@dataclass(frozen=True, kw_only=True)
class Heatmap(Panel):
    """How counts spread over buckets as time goes; a scale of lightness, readable without colour vision."""

    kind = "heatmap"

    targets: tuple[Target, ...]
    histogram: bool = True
    y_unit: str = "none"

    @property
    def _answer(self) -> Format:
        """A histogram's cumulative buckets are told apart by Grafana; disjoint ones are plain series."""
        return "heatmap" if self.histogram else "time_series"

    def _queries(self) -> tuple[Target, ...]:
        return self.targets

    def _options(self) -> Json:
        return {
            "calculate": False,
            "rowsFrame": {"layout": "auto"},
            "yAxis": {"axisPlacement": "left", "unit": self.y_unit},
            "color": {
                "mode": "scheme",
                "scheme": "Cividis",
                "steps": 64,
                "exponent": 0.5,
                "reverse": False,
                "fill": GREY,
            },
            "cellGap": 1,
            "exemplars": {"color": PURPLE},
            "filterValues": {"le": 1e-9},
            "showValue": "never",
            "tooltip": {"mode": "single", "yHistogram": True},
            "legend": {"show": True},
        }
