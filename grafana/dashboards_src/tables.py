"""The kinds of panel that lay out answers as rows: tables, a matrix of two labels, and bars."""

from dataclasses import dataclass

from .look import COUNT, Json, Look
from .panels import Panel, fixed, override
from .queries import Format, Target, ref_id

TABLE_OPTIONS: Json = {
    "frameIndex": 0,
    "showHeader": True,
    "cellHeight": "sm",
    "footer": {"show": False, "reducer": ["sum"], "countRows": False, "fields": []},
}
COLUMN_WIDTH = 90  # pixels, at least; Grafana's own 150 push the last columns of a wide table out of sight
TABLE_CELLS: Json = {"align": "auto", "inspect": False, "cellOptions": {"type": "auto"}, "minWidth": COLUMN_WIDTH}


@dataclass(frozen=True, kw_only=True)
class Label:
    """A column of a table that shows a label."""

    name: str
    title: str
    link: Json | None = None
    width: int | None = None


@dataclass(frozen=True, kw_only=True)
class Value:
    """A column of a table that shows the value of a query."""

    title: str
    expr: str
    look: Look = COUNT
    width: int | None = None


@dataclass(frozen=True, kw_only=True)
class Table(Panel):
    """One row for each set of labels, one column for each query; all queries must end in the same labels."""

    kind = "table"
    instant = True

    labels: tuple[Label, ...]
    values: tuple[Value, ...]
    sort_by: str
    descending: bool = True
    hidden: tuple[str, ...] = ()
    width: int = 24

    @property
    def _answer(self) -> Format:
        return "table"

    def _queries(self) -> tuple[Target, ...]:
        return tuple(Target(value.expr) for value in self.values)

    def _options(self) -> Json:
        return {**TABLE_OPTIONS, "sortBy": [{"displayName": self.sort_by, "desc": self.descending}]}

    def _custom(self) -> Json:
        return {**TABLE_CELLS, "filterable": True}

    def _transformations(self) -> list[Json]:
        names = {label.name: label.title for label in self.labels} | self._value_names()
        organize = {
            "excludeByName": {"Time": True, **dict.fromkeys(self.hidden, True)},
            "indexByName": {name: place for place, name in enumerate(names)},
            "renameByName": names,
        }
        return [{"id": "merge", "options": {}}, {"id": "organize", "options": organize}]

    def _value_names(self) -> dict[str, str]:
        # With a single query Grafana leaves the letter out.
        if len(self.values) == 1:
            return {"Value": self.values[0].title}
        return {f"Value #{ref_id(i)}": value.title for i, value in enumerate(self.values)}

    def _overrides(self) -> list[Json]:
        labels = [override("byName", label.title, p) for label in self.labels if (p := _label_properties(label))]
        return labels + [override("byName", value.title, _value_properties(value)) for value in self.values]


def change_labels(*first: Label) -> tuple[Label, ...]:
    """Return the columns of a table of changes."""
    return (
        *first,
        Label(name="moved", title="What moved, from which share to which", width=440),
        Label(name="change", title="Kind of change", width=160),
        Label(name="since", title="Since", width=180),
    )


def _label_properties(label: Label) -> Json:
    link = {"links": [label.link]} if label.link else {}
    return {**link, **({"custom.width": label.width} if label.width else {})}


def _value_properties(value: Value) -> Json:
    width = {"custom.width": value.width} if value.width else {}
    return {**value.look.defaults(), "custom.cellOptions": {"type": "color-text"}, **width}


@dataclass(frozen=True, kw_only=True)
class Matrix(Panel):
    """A table of one query with a label's values down and another's across."""

    kind = "table"
    instant = True

    target: Target
    row: str
    column: str

    @property
    def _answer(self) -> Format:
        return "table"

    def _queries(self) -> tuple[Target, ...]:
        return (self.target,)

    def _options(self) -> Json:
        return TABLE_OPTIONS

    def _custom(self) -> Json:
        return TABLE_CELLS

    def _transformations(self) -> list[Json]:
        matrix = {"rowField": self.row, "columnField": self.column, "valueField": "Value", "emptyValue": "zero"}
        return [{"id": "groupingToMatrix", "options": matrix}]


@dataclass(frozen=True, kw_only=True)
class Bars(Panel):
    """Bars side by side for each value of a label, in the order of another label."""

    kind = "barchart"
    instant = True

    targets: tuple[Target, ...]
    category: str
    order_by: str
    axis: str = ""
    width: int = 24
    height: int = 10

    @property
    def _answer(self) -> Format:
        return "table"

    def _queries(self) -> tuple[Target, ...]:
        return self.targets

    def _options(self) -> Json:
        return {
            "xField": self.category,
            "orientation": "auto",
            "barWidth": 0.95,
            "groupWidth": 0.75,
            "showValue": "never",
            "stacking": "none",
            "xTickLabelRotation": -30,
            "xTickLabelMaxLength": 28,
            "fullHighlight": True,
            "legend": {"showLegend": True, "displayMode": "list", "placement": "bottom", "calcs": []},
            "tooltip": {"mode": "multi", "sort": "none"},
        }

    def _custom(self) -> Json:
        return {"fillOpacity": 70, "lineWidth": 1, "axisLabel": self.axis}

    def _transformations(self) -> list[Json]:
        names = {f"Value #{ref_id(i)}": target.legend for i, target in enumerate(self.targets)}
        sort = {"fields": {}, "sort": [{"field": self.order_by, "desc": False}]}
        organize = {"excludeByName": {"Time": True, self.order_by: True}, "indexByName": {}, "renameByName": names}
        return [
            {"id": "merge", "options": {}},
            {"id": "sortBy", "options": sort},
            {"id": "organize", "options": organize},
        ]

    def _overrides(self) -> list[Json]:
        return [override("byName", t.legend, {"color": fixed(t.color)}) for t in self.targets if t.color]
