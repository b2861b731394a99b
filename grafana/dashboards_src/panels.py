"""The kinds of panel: what a dashboard says of each, and the JSON that Grafana reads."""

import zlib
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Literal

from .look import COUNT, GREY, PURPLE, Json, Look
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
    """Lines over time; NaN leaves a gap. Lines without a fixed colour get distinct ones from Grafana's palette.

    Grafana draws the axis ticks that it hides (on a logarithmic axis, or with
    `decimals: 0`) as the text for missing values, so the axis has neither
    fixed whole numbers nor, where it is logarithmic, such a text
    (grafana/grafana, packages/grafana-ui/src/components/uPlot/config/UPlotAxisBuilder.ts).
    """

    kind = "timeseries"

    targets: tuple[Target, ...]
    many: bool = False
    stacked: bool = False
    logarithmic: bool = False
    lines: bool = False
    calculations: tuple[Calculation, ...] = ("last", "max")
    max_points: int | None = None

    def _queries(self) -> tuple[Target, ...]:
        return self.targets

    def _options(self) -> Json:
        # A legend table next to the graph scrolls; below it, it would show two and a half rows.
        place = {"placement": "right", "width": 260} if self.many else {"placement": "bottom"}
        mode = "table" if self.many else "list"
        legend = {"showLegend": True, "displayMode": mode, **place, "calcs": list(self.calculations)}
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
            # Shares that are all 0 would stretch the axis to 10,000 %.
            **({"axisSoftMax": 0.01} if self.look.unit == "percentunit" else {}),
        }

    def _defaults(self) -> Json:
        dropped = {"noValue", "mappings"} if self.logarithmic else set()
        if self.look.decimals == 0:
            dropped.add("decimals")
        kept = {key: value for key, value in super()._defaults().items() if key not in dropped}
        return {**kept, "color": {"mode": "palette-classic"}}

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
    """A band for each series, with the colour and word of its state.

    Merging equal neighbours ignores value mappings where thresholds choose the
    colour (grafana/grafana, public/app/core/components/TimelineChart/utils.ts),
    so the words choose it.
    """

    kind = "state-timeline"

    targets: tuple[Target, ...]

    def _queries(self) -> tuple[Target, ...]:
        return self.targets

    def _options(self) -> Json:
        return {
            "mergeValues": True,
            "showValue": "auto" if self.look.words else "never",
            "alignValue": "left",
            "rowHeight": 0.8,
            "legend": {"showLegend": True, "displayMode": "list", "placement": "bottom", "calcs": []},
            "tooltip": {"mode": "single", "sort": "none"},
        }

    def _custom(self) -> Json:
        return {"fillOpacity": 80, "lineWidth": 0}

    def _defaults(self) -> Json:
        return {**super()._defaults(), **({"color": {"mode": "fixed"}} if self.look.words else {})}


@dataclass(frozen=True, kw_only=True)
class Heatmap(Panel):
    """How counts spread over buckets as time goes; a scale of lightness, readable without colour vision."""

    kind = "heatmap"

    targets: tuple[Target, ...]
    histogram: bool = True
    y_unit: str = "none"

    @property
    def _answer(self) -> Format:
        """Grafana splits a histogram's cumulative buckets; disjoint ones are plain series."""
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
