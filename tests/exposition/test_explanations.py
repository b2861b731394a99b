"""Labels that explain drift change only on relevant changes."""

from dataclasses import replace

import numpy as np
import pytest
from inference_exporter.config.schema import DriftConfig, ModelConfig, Window
from inference_exporter.exposition.explanations import GROUP, Explanations
from inference_exporter.exposition.render import PROMETHEUS_TEXT
from inference_exporter.exposition.scrape import Scrape
from inference_exporter.model.monitor import Monitor
from inference_exporter.reference.reference import build
from inference_exporter.samples.batch import Batch, ModelKey

KEY = ModelKey("fraud", "7", "champion")
CONFIG = ModelConfig("fraud", "7", drift=DriftConfig(minimum_samples=20))
WALL = 1_800_000_000.0
NUMBERS = np.linspace(0, 100, 2000)


def view_of(missing, names=("age",)):
    """Return a view of a model whose features have missing values."""
    monitor = Monitor(KEY, CONFIG, (Window("1h", 3600.0),), build(dict.fromkeys(names, NUMBERS), 2000, created=WALL))
    sent = np.where(np.arange(1000) < 1000 * missing, np.nan, np.linspace(0, 100, 1000))
    monitor.add(Batch(1000, KEY, np.full(1000, WALL), features=dict.fromkeys(names, sent)), WALL)
    return monitor.view(WALL)


def shown(families):
    return [series.labels for family in families for series in family.series if family.name.endswith("_info")]


def with_grid_of(view, other):
    """Return a view with the grid of another, as for the same reference."""
    (window,), (as_window,) = view.windows, other.windows
    histograms = replace(window.histograms, grid=as_window.histograms.grid)
    return replace(view, windows=(replace(window, histograms=histograms),))


@pytest.fixture
def explanations():
    return Explanations()


def test_a_text_stays_while_there_is_no_news(explanations):
    """Two percentage points more of missing values keep the series; ten change it."""
    first = view_of(0.2)
    before = shown(explanations.families([first]))
    assert ['moved="missing: 0% to 20%"' in labels for labels in before] == [True]
    assert shown(explanations.families([with_grid_of(view_of(0.22), first)])) == before
    assert 'moved="missing: 0% to 30%"' in shown(explanations.families([with_grid_of(view_of(0.3), first)]))[0]


def test_another_reference_is_told_anew(explanations):
    """With a new reference, labels are computed anew."""
    explanations.families([view_of(0.2)])
    assert 'moved="missing: 0% to 22%"' in shown(explanations.families([view_of(0.22)]))[0]


def test_nothing_is_kept_of_what_is_gone(explanations):
    """A removed model, or ended drift, leaves nothing in memory."""
    list(explanations.families([view_of(0.2)]))
    assert len(explanations.memories) == 1
    list(explanations.families([view_of(0.0)]))
    assert explanations.memories == {}


def test_the_number_of_series_is_bounded(explanations):
    """A hundred drifted features make fifty series, and three of those that matter most."""
    families = list(explanations.families([view_of(0.2, [f"f{place}" for place in range(100)])]))
    assert {family.name: len(family.series) for family in families if family.series} == {
        "model_feature_drift_info": 50,
        "model_drift_top_feature": 3,
    }


def test_labels_are_short(explanations):
    """Long categories are clipped."""
    long = "x" * 5000
    monitor = Monitor(KEY, CONFIG, (Window("1h", 3600.0),), build({"c": ["a", long] * 1000}, 2000, created=WALL))
    monitor.add(Batch(1000, KEY, np.full(1000, WALL), features={"c": ["a"] * 1000}), WALL)
    (labels,) = shown(explanations.families([monitor.view(WALL)]))
    moved = labels.partition('moved="')[2].partition('"')[0]
    assert moved.endswith("…: 50% to 0%")
    assert len(moved) <= 120


def test_a_scrape_remembers_the_one_before(points_of):
    """Scrapes remember their labels, because a changed label is a new series."""
    first = view_of(0.2)
    views = [first]
    scrape = Scrape(lambda: views, {})
    before = points_of(scrape.metrics(PROMETHEUS_TEXT, ["explanations"]).decode())
    views[:] = [with_grid_of(view_of(0.22), first)]
    after = points_of(scrape.metrics(PROMETHEUS_TEXT, ["explanations"]).decode())
    ours = {key for key in before if key[0] == "model_feature_drift_info"}
    assert ours == {key for key in after if key[0] == "model_feature_drift_info"}
    assert GROUP.remembering is not None
