"""The content of each kind of page."""

from dataclasses import replace

import numpy as np
import pytest
from inference_exporter.page.boards import (
    EVENTS_SHOWN,
    FEATURES_SHOWN,
    ColumnBoard,
    Missing,
    ModelBoard,
    Overview,
    board_of,
    performance_table,
)
from inference_exporter.page.query import Query
from inference_exporter.page.realised import PerformanceValue
from inference_exporter.samples.batch import ModelKey
from inference_exporter.samples.events import Event

OTHER = ModelKey("other", "1", "shadow")


@pytest.fixture
def view(watched):
    model = watched()
    model.add(600, shift=2.0)
    return model.view()


def board(query, *views, events=()):
    """Return the board of a query."""
    return board_of(query, views, list(events), [0.5] * len(views), views[0].now if views else 0.0)


def test_one_model_is_shown_at_once(view):
    """With a single model, the start page is its page."""
    shown = board(Query(), view)
    assert isinstance(shown, ModelBoard)
    assert shown.alone
    assert shown.window.window == "24h"
    assert [window.window for window in shown.windows] == ["5m", "1h", "24h"]


def test_several_models_are_listed(view):
    """Several models are listed with their most drifted features, each with a link."""
    shown = board(Query(window="1h"), view, replace(view, key=OTHER))
    assert isinstance(shown, Overview)
    assert [line.model.model for line in shown.models] == ["fraud", "other"]
    assert shown.models[0].drifted == ("amount",)
    assert shown.models[1].link == "?model=other&version=1&variant=shadow&window=1h"
    assert shown.models[0].window.window == "1h"


def test_nothing_is_listed_before_the_first_model():
    """Without models the list is empty."""
    assert board(Query()).models == []


@pytest.mark.parametrize("query", [Query(model="other"), Query(version="1"), Query(variant="shadow")])
def test_a_model_is_found_by_any_part_of_its_name(view, query):
    """A unique part of the name is enough."""
    shown = board(query, view, replace(view, key=OTHER))
    assert isinstance(shown, ModelBoard)
    assert shown.model.model == "other"
    assert not shown.alone


@pytest.mark.parametrize(
    "query",
    [
        Query(model="nobody"),
        Query(model=""),
        Query(window="2h"),
        Query(feature="nothing"),
        Query(score="amount"),
    ],
)
def test_what_is_not_there_is_missing(view, query):
    """An unknown model, window or column gets 404."""
    shown = board(query, view)
    assert isinstance(shown, Missing)
    assert shown.status == 404


def test_a_window_is_chosen(view):
    """The query's window is shown."""
    assert board(Query(window="1h"), view).window.window == "1h"


def test_a_column_is_shown_in_depth(view):
    """The query's feature has a separate page."""
    shown = board(Query(feature="country"), view)
    assert isinstance(shown, ColumnBoard)
    assert shown.card.title == "country"


def test_columns_of_a_learning_model_are_missing(watched):
    """While the reference is learned, there are no columns and features to show."""
    model = watched(learning=True)
    model.add(10)
    assert isinstance(board(Query(feature="amount"), model.view()), Missing)
    assert board(Query(), model.view()).features == []


def test_many_features_are_cut(watched):
    """The most drifted features are shown, unless all are requested."""
    names = [f"f{place}" for place in range(50)]
    rng = np.random.default_rng(0)
    model = watched(features={name: rng.normal(size=1000) for name in names}, rows=1000)
    model.add(500, features={name: rng.normal(3 if name == "f40" else 0, 1, 500) for name in names})
    shown = board(Query(), model.view())
    assert len(shown.features) == FEATURES_SHOWN
    assert shown.features[0].title == "f40"
    assert shown.n_features == 50
    assert len(board(Query(features="all"), model.view()).features) == 50


def test_events_are_those_of_the_model(view):
    """The last few events of the model or of no particular model are shown."""
    mine = [Event(1.0, "k", f"e{place}", model="fraud", version="7") for place in range(3)]
    common, others = Event(1.0, "k", "common"), [Event(1.0, "k", "x", model="other"), Event(1.0, "k", "x", "", "", "8")]
    shown = board(Query(), view, events=[*mine, common, *others])
    assert [event.title for event in shown.events] == ["e0", "e1", "e2", "common"]
    assert len(board(Query(), view, events=mine * 10).events) == EVENTS_SHOWN


def test_performance_is_laid_out_by_class():
    """Measures of the whole model are separate; measures by class are rows in the order of the classes."""
    values = [
        PerformanceValue("accuracy_ratio", "", 0.9, 0.8),
        PerformanceValue("roc_auc", "yes", 0.7, 0.7),
        PerformanceValue("f1_ratio", "no", 0.6, 0.6),
        PerformanceValue("f1_ratio", "yes", 0.5, 0.5),
    ]
    table = performance_table(values, ["no", "yes"])
    assert [value.measure for value in table.overall] == ["accuracy_ratio"]
    assert table.measures == ["roc_auc", "f1_ratio"]
    assert list(table.by_class) == ["no", "yes"]
    assert set(table.by_class["no"]) == {"f1_ratio"}
