"""Boards: what each kind of page is given to show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..explain.moves import MOVES_KEPT
from ..explain.ranking import indices_of, ranked
from ..model.view import ModelView, WindowView
from ..samples.events import Event
from .attention import remarks_about, warnings_about
from .cards import Card, cards_of
from .columns import index_of
from .explained import Changed, changed, what_changed
from .outliers import OutliersSummary, outliers_summary, signs_of
from .problems import SchemaSummary, schema_summary
from .problems import signs_of as signs_of_schema
from .query import Query
from .realised import PerformanceValue
from .summary import ModelSummary, WindowSummary, by_length, default_window, model_summary, window_summary

FEATURES_SHOWN = 20
EVENTS_SHOWN = 8
NAMES_SHOWN = 5


@dataclass(frozen=True)
class ModelLine:
    """One model among others."""

    model: ModelSummary
    window: WindowSummary
    link: str
    drifted: tuple[str, ...]
    """The features that drifted most."""
    warnings: Sequence[str]


@dataclass(frozen=True)
class Overview:
    """All models."""

    models: Sequence[ModelLine]
    events: Sequence[Event]
    template = "overview.html.j2"
    status = 200


@dataclass(frozen=True)
class ModelBoard:
    """One model in one window."""

    model: ModelSummary
    window: WindowSummary
    windows: Sequence[WindowSummary]
    outputs: Sequence[Card]
    features: Sequence[Card]
    n_features: int
    warnings: Sequence[str]
    remarks: Sequence[str]
    events: Sequence[Event]
    alone: bool
    changed: Sequence[Changed]
    """What happened to the drifted columns that matter most."""
    outliers: OutliersSummary
    schema: SchemaSummary
    template = "model.html.j2"
    status = 200

    @property
    def performance(self) -> "PerformanceTable":
        """Realised performance, laid out."""
        confusion = self.window.confusion
        return performance_table(self.window.performance, confusion.classes if confusion else ())


@dataclass(frozen=True)
class ColumnBoard:
    """One column in depth."""

    model: ModelSummary
    window: WindowSummary
    windows: Sequence[WindowSummary]
    card: Card
    alone: bool
    changed: Changed
    template = "column.html.j2"
    status = 200


@dataclass(frozen=True)
class Missing:
    """What was asked for is not here."""

    text: str
    template = "missing.html.j2"
    status = 404


Board = Overview | ModelBoard | ColumnBoard | Missing


@dataclass(frozen=True)
class PerformanceTable:
    """Measures of the whole model, and a row a class of those that are measured by class."""

    overall: Sequence[PerformanceValue]
    measures: Sequence[str]
    by_class: Mapping[str, Mapping[str, PerformanceValue]] = field(default_factory=dict)


def performance_table(values: Sequence[PerformanceValue], classes: Sequence[str]) -> PerformanceTable:
    """Lay out performance values, with the classes in the order given."""
    by_class: dict[str, dict[str, PerformanceValue]] = {name: {} for name in classes}
    for value in values:
        if value.of_class:
            by_class.setdefault(value.of_class, {})[value.measure] = value
    measures = dict.fromkeys(value.measure for value in values if value.of_class)
    return PerformanceTable([value for value in values if not value.of_class], list(measures), by_class)


def board_of(
    query: Query, views: Sequence[ModelView], events: Sequence[Event], cpu_cores: Sequence[float], now: float
) -> Board:
    """Return what a query asks for; `cpu_cores` has the processor use of each view's model server."""
    chosen = [(view, cores) for view, cores in zip(views, cpu_cores, strict=True) if query.matches(view)]
    if query.names_a_model and not chosen:
        return Missing("There is no such model here.")
    if len(chosen) != 1:
        return Overview([_line(query, view, now) for view, _ in chosen], events[:EVENTS_SHOWN])
    view, cores = chosen[0]
    window = window_of(view, query.window)
    if window is None:
        return Missing(
            f"There is no window {query.window}; there are {', '.join(w.name for w in by_length(view.windows))}."
        )
    if query.column is not None:
        return _column_board(query.column, view, window, len(views) == 1)
    return _model_board(query, view, window, cores, events, now, len(views) == 1)


def window_of(view: ModelView, name: str | None) -> WindowView | None:
    """Return a window by name, the default one where no name is given, None where there is none of that name."""
    if name is None:
        return default_window(view)
    return next((window for window in view.windows if window.name == name), None)


def _line(query: Query, view: ModelView, now: float) -> ModelLine:
    window = window_of(view, query.window) or default_window(view)
    model = model_summary(view)
    summary = window_summary(view, window)
    drifted: tuple[str, ...] = ()
    if summary.verdict.drifted_features and window.histograms is not None:
        order = ranked(window.histograms, indices_of(window.histograms, "feature"))
        most = order[: min(summary.verdict.drifted_features, NAMES_SHOWN)]
        drifted = tuple(window.histograms.grid.columns[index].name for index in most)
    return ModelLine(model, summary, query.link_to_model(view.key), drifted, warnings_about(model))


def _model_board(
    query: Query,
    view: ModelView,
    window: WindowView,
    cpu_cores: float,
    events: Sequence[Event],
    now: float,
    alone: bool,
) -> ModelBoard:
    histograms, model, summary = window.histograms, model_summary(view, cpu_cores), window_summary(view, window)
    outliers, schema = outliers_summary(view, window), schema_summary(view, window)
    outputs: list[Card] = []
    features: list[Card] = []
    n_features = 0
    if histograms is not None:
        outputs = cards_of(histograms, indices_of(histograms, "prediction", "score"), window.name)
        order = ranked(histograms, indices_of(histograms, "feature"))
        n_features = len(order)
        features = cards_of(histograms, order if query.features == "all" else order[:FEATURES_SHOWN], window.name)
    return ModelBoard(
        model=model,
        window=summary,
        windows=[window_summary(view, other) for other in by_length(view.windows)],
        outputs=outputs,
        features=features,
        n_features=n_features,
        warnings=[*warnings_about(model), *signs_of(outliers), *signs_of_schema(schema)],
        remarks=remarks_about(model, now),
        events=_events_of(model, events),
        alone=alone,
        changed=what_changed(view, histograms) if histograms is not None else [],
        outliers=outliers,
        schema=schema,
    )


def _events_of(model: ModelSummary, events: Sequence[Event]) -> list[Event]:
    """Return the last events about a model, or about none in particular."""
    about = [event for event in events if event.is_about(model.model, model.version)]
    return about[:EVENTS_SHOWN]


def _column_board(column: tuple[str, str], view: ModelView, window: WindowView, alone: bool) -> Board:
    histograms = window.histograms
    index = None if histograms is None else index_of(histograms, *column)
    if histograms is None or index is None:
        return Missing("The reference of this model has no such column.")
    return ColumnBoard(
        model=model_summary(view),
        window=window_summary(view, window),
        windows=[window_summary(view, other) for other in by_length(view.windows)],
        card=cards_of(histograms, [index], window.name)[0],
        alone=alone,
        changed=changed(view, histograms, [index], MOVES_KEPT)[0],
    )
