"""Boards: the content of each kind of page."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar

from ..explain.moves import MOVES_KEPT
from ..explain.ranking import indices_of, ranked
from ..failures import Failures
from ..model.view import ModelView, WindowView
from ..samples.batch import OUTPUTS, ModelKey
from ..samples.events import Event
from .attention import remarks_about, warnings_about
from .cards import Card, cards_of
from .challengers import challenger_tables
from .columns import index_of
from .decisions import decision_tables
from .estimates import estimate_tables, signs_of_estimates
from .explained import Changed, changed, what_changed
from .labelled import labelled_tables
from .outliers import OutliersSummary, outliers_summary, signs_of
from .problems import SchemaSummary, schema_summary
from .problems import signs_of as signs_of_schema
from .query import Query
from .realised import PerformanceValue
from .slices import slice_tables
from .summary import ModelSummary, WindowSummary, by_length, default_window, model_summary, window_summary
from .tables import Table

# Each card has a picture; a page of hundreds takes seconds to draw. The rest is one link away.
FEATURES_SHOWN = 20
EVENTS_SHOWN = 8
NAMES_SHOWN = 5
T = TypeVar("T")


@dataclass(frozen=True)
class ModelLine:
    """One model in the overview."""

    model: ModelSummary
    window: WindowSummary
    link: str
    drifted: tuple[str, ...]
    """The features that drifted most."""
    warnings: Sequence[str]
    broken = False


@dataclass(frozen=True)
class BrokenLine:
    """One model in the overview that cannot be shown because of an internal error."""

    key: ModelKey
    link: str
    broken = True


@dataclass(frozen=True)
class Overview:
    """All models."""

    models: Sequence[ModelLine | BrokenLine]
    events: Sequence[Event]
    template = "overview.html.j2"
    status = 200

    def with_broken(self, query: Query, shows: Callable[["Overview"], bool]) -> "Overview":
        """Return the overview with each line that cannot be shown replaced."""
        # Each line is rendered alone to find the one at fault; this happens only after the whole page has failed.
        lines = [line if line.broken or shows(replace(self, models=[line])) else broken_line(query, _key_of(line))
                 for line in self.models]  # fmt: skip
        return replace(self, models=lines)


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
    """Changes of the drifted columns that matter most."""
    outliers: OutliersSummary
    schema: SchemaSummary
    tables: Sequence[Table] = ()
    """Actions, guardrails and whatever else only some models have."""
    template = "model.html.j2"
    status = 200

    @property
    def performance(self) -> "PerformanceTable":
        """Realised performance as a table."""
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
    """The requested model, window or column does not exist."""

    text: str
    template = "missing.html.j2"
    status = 404


@dataclass(frozen=True)
class Broken:
    """A model that cannot be shown because of an internal error."""

    key: ModelKey
    template = "broken.html.j2"
    status = 500


Board = Overview | ModelBoard | ColumnBoard | Missing | Broken


@dataclass(frozen=True)
class PerformanceTable:
    """Measures of the whole model, and one row per class of the measures by class."""

    overall: Sequence[PerformanceValue]
    measures: Sequence[str]
    by_class: Mapping[str, Mapping[str, PerformanceValue]] = field(default_factory=dict)


def performance_table(values: Sequence[PerformanceValue], classes: Sequence[str]) -> PerformanceTable:
    """Return performance values as a table, with the classes in the given order."""
    by_class: dict[str, dict[str, PerformanceValue]] = {name: {} for name in classes}
    for value in values:
        if value.of_class:
            by_class.setdefault(value.of_class, {})[value.measure] = value
    measures = dict.fromkeys(value.measure for value in values if value.of_class)
    return PerformanceTable([value for value in values if not value.of_class], list(measures), by_class)


def board_of(
    query: Query,
    views: Sequence[ModelView],
    events: Sequence[Event],
    cpu_cores: Sequence[float],
    now: float,
    failures: Failures | None = None,
    broken: Sequence[ModelKey] = (),
) -> Board:
    """Return the board for a query.

    `cpu_cores` holds the CPU use of each view's model server; `broken` are the models without a view. A part that
    cannot be shown is replaced by a message and counted as a failure.
    """
    failures = failures or Failures()
    chosen = [(view, cores) for view, cores in zip(views, cpu_cores, strict=True) if query.matches(view.key)]
    unseen = [key for key in broken if query.matches(key)]
    if query.names_a_model and not chosen and not unseen:
        return Missing("There is no such model.")
    # One model needs no overview: most sidecars watch exactly one.
    if len(chosen) + len(unseen) != 1:
        lines = [_line_or_broken(query, view, failures) for view, _ in chosen]
        return Overview([*lines, *(broken_line(query, key) for key in unseen)], events[:EVENTS_SHOWN])
    if unseen:
        return Broken(unseen[0])
    view, cores = chosen[0]
    # After a fault the context ends without an exception, and the line below it answers.
    with failures.contained("page", "model", view.key):
        return _board_of_one(query, view, cores, events, now, views, failures)
    return Broken(view.key)


def _board_of_one(
    query: Query,
    view: ModelView,
    cores: float,
    events: Sequence[Event],
    now: float,
    views: Sequence[ModelView],
    failures: Failures,
) -> Board:
    window = window_of(view, query.window)
    if window is None:
        return Missing(
            f"There is no window {query.window}; choose one of {', '.join(w.name for w in by_length(view.windows))}."
        )
    if query.column is not None:
        return _column_board(query.column, view, window, len(views) == 1)
    return _model_board(query, view, window, cores, events, now, views, failures)


def window_of(view: ModelView, name: str | None) -> WindowView | None:
    """Return a window by name, the default window without a name, None if the name is unknown."""
    if name is None:
        return default_window(view)
    return next((window for window in view.windows if window.name == name), None)


def broken_line(query: Query, key: ModelKey) -> BrokenLine:
    """Return the line of a model that cannot be shown."""
    return BrokenLine(key, query.link_to_model(key))


def _key_of(line: ModelLine | BrokenLine) -> ModelKey:
    if isinstance(line, BrokenLine):
        return line.key
    return ModelKey(line.model.model, line.model.version, line.model.variant)


def _line_or_broken(query: Query, view: ModelView, failures: Failures) -> ModelLine | BrokenLine:
    with failures.contained("page", "overview", view.key):
        return _line(query, view)
    return broken_line(query, view.key)


def _line(query: Query, view: ModelView) -> ModelLine:
    window = window_of(view, query.window) or default_window(view)
    model = model_summary(view)
    summary = window_summary(view, window)
    drifted: tuple[str, ...] = ()
    if summary.verdict.drifted_features and window.histograms is not None:
        order = ranked(window.histograms, indices_of(window.histograms, "feature"))
        # Ranked by impact, so the drifted ones are in front.
        most = order[: min(summary.verdict.drifted_features, NAMES_SHOWN)]
        drifted = tuple(window.histograms.grid.columns[index].name for index in most)
    warnings = [*warnings_about(model), *signs_of_estimates(view, window)]
    return ModelLine(model, summary, query.link_to_model(view.key), drifted, warnings)


def _model_board(
    query: Query,
    view: ModelView,
    window: WindowView,
    cpu_cores: float,
    events: Sequence[Event],
    now: float,
    views: Sequence[ModelView],
    failures: Failures,
) -> ModelBoard:
    parts = _Parts(view, failures)
    model, summary = model_summary(view, cpu_cores), window_summary(view, window)
    # What the summaries show if a detector's view breaks them: unknown values instead of none at all.
    without = replace(view, parts={})
    outliers = parts.made(
        "outliers", partial(outliers_summary, view, window), partial(outliers_summary, without, window)
    )
    schema = parts.made("schema", partial(schema_summary, view, window), partial(schema_summary, without, window))
    outputs = parts.made("outputs", partial(_output_cards, window), list[Card])
    features = parts.made("features", partial(_feature_cards, window, query.features == "all"), list[Card])
    changed_columns = parts.made("explanation", partial(_changed, view, window), list[Changed])
    of_outcomes = parts.made("signs of outcomes", lambda: list(signs_of_estimates(view, window)), list[str])
    signs = [*of_outcomes, *signs_of(outliers), *signs_of_schema(schema)]
    return ModelBoard(
        model=model,
        window=summary,
        windows=[window_summary(view, other) for other in by_length(view.windows)],
        outputs=outputs,
        features=features,
        n_features=len(indices_of(window.histograms, "feature")) if window.histograms else 0,
        warnings=[*parts.warnings, *warnings_about(model), *signs],
        remarks=remarks_about(model, now),
        events=_events_of(model, events),
        alone=len(views) == 1,
        changed=changed_columns,
        outliers=outliers,
        schema=schema,
        tables=[
            *parts.made("labelled performance", lambda: list(labelled_tables(view, window)), list[Table]),
            *parts.made("estimates", lambda: list(estimate_tables(view, window)), list[Table]),
            *parts.made("decisions", lambda: list(decision_tables(view)), list[Table]),
            *parts.made("slices", lambda: list(slice_tables(view, window)), list[Table]),
            *parts.made("challengers", lambda: list(challenger_tables(view, window, views)), list[Table]),
        ],
    )


class _Parts:
    """The parts of one model's page; a part that fails is replaced by a warning."""

    def __init__(self, view: ModelView, failures: Failures) -> None:
        self._key, self._failures = view.key, failures
        self.warnings: list[str] = []

    def made(self, name: str, make: Callable[[], T], otherwise: Callable[[], T]) -> T:
        with self._failures.contained("page", name, self._key):
            return make()
        self.warnings.append(
            f"The {name} of this page cannot be shown because of an internal error, see the exporter's log."
        )
        return otherwise()


def _output_cards(window: WindowView) -> list[Card]:
    histograms = window.histograms
    if histograms is None:
        return []
    return cards_of(histograms, indices_of(histograms, *OUTPUTS), window.name)


def _feature_cards(window: WindowView, every: bool) -> list[Card]:
    histograms = window.histograms
    if histograms is None:
        return []
    order = ranked(histograms, indices_of(histograms, "feature"))
    return cards_of(histograms, order if every else order[:FEATURES_SHOWN], window.name)


def _changed(view: ModelView, window: WindowView) -> list[Changed]:
    return list(what_changed(view, window.histograms)) if window.histograms is not None else []


def _events_of(model: ModelSummary, events: Sequence[Event]) -> list[Event]:
    """Return the last events about a model or about all models."""
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
