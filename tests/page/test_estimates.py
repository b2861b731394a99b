"""Estimated performance and concept drift on the page and as JSON."""

from dataclasses import replace

import numpy as np
import orjson
import pytest
from inference_exporter.config.schema import Config, DriftConfig, ModelConfig, Window
from inference_exporter.explain.formatting import number
from inference_exporter.learning.learning import learn
from inference_exporter.model.fleet import Fleet
from inference_exporter.model.monitor import Monitor
from inference_exporter.page.boards import board_of
from inference_exporter.page.estimates import estimate_tables, estimates_summary, signs_of_estimates
from inference_exporter.page.query import Query
from inference_exporter.samples.batch import Batch, ModelKey, OutcomeBatch

NOW = 1_800_000_000.0
KEY = ModelKey("rent", "1", "champion")
WINDOWS = (Window("1h", 3600.0),)


def drawn(size, times_worse=1.0, classes=False):
    """Return samples, and their outcomes, of a regressor or a classifier."""
    random = np.random.default_rng(size)
    x, ids = random.random(size), [f"{row}" for row in range(size)]
    times = np.full(size, NOW)
    if classes:
        outcome = np.where(random.random(size) < x, "yes", "no").tolist()
        return Batch(size, KEY, times, features={"x": x}, prediction=np.where(x > 0.5, "yes", "no").tolist(),
                     scores={"yes": x}, ids=ids), outcome  # fmt: skip
    outcome = x + times_worse * random.normal(0, 0.1 + x, size)
    return Batch(size, KEY, times, features={"x": x}, prediction=x, ids=ids), outcome


def view_of(*, classes=False, times_worse=1.0, with_outcomes=True):
    """Return the view of a model after 600 samples, each with an outcome or none."""
    batch, outcome = drawn(2000, classes=classes)
    reference = learn(batch, in_order=False, created=NOW, outcome=outcome,
                      task="classification" if classes else "regression",
                      performance={"mean_absolute_error": {"": 0.5}, "accuracy_ratio": {"": 0.7}})  # fmt: skip
    monitor = Monitor(KEY, ModelConfig("rent", "1", drift=DriftConfig(minimum_samples=50)), WINDOWS, reference)
    batch, outcome = drawn(600, times_worse, classes)
    monitor.add(batch, NOW)
    if with_outcomes:
        monitor.join(OutcomeBatch(KEY, batch.ids, outcome, np.full(600, NOW)), NOW)
    return monitor.view(NOW)


@pytest.mark.parametrize("classes", [False, True], ids=["regressor", "classifier"])
def test_an_estimate_that_holds(classes):
    """What is estimated, its limits, what came true and that it holds, all of one window."""
    view = view_of(classes=classes)
    found = estimates_summary(view, view.windows[0])
    key = "accuracy_ratio" if classes else "mean_absolute_error"
    value = next(of for of in found.estimates if (of.measure, of.of_class) == (key, ""))
    assert value.lower < value.realised < value.upper
    assert found.comparison.realised_minus_estimated == pytest.approx(value.realised - value.value)
    assert (found.samples, found.comparison.predictions, found.comparison.holds, found.doubts) == (600, 600, True, ())
    table = next(iter(estimate_tables(view, view.windows[0])))
    assert table.title == "Estimated performance"
    assert list(signs_of_estimates(view, view.windows[0])) == []
    assert f"The estimate holds: {'accuracy' if classes else 'mean absolute error'} of 600 predictions" in table.note


def test_an_estimate_that_has_stopped_holding():
    """Concept drift contradicts the estimate, and the page says so with its own test beside."""
    view = view_of(times_worse=3.0)
    found = estimates_summary(view, view.windows[0])
    assert (found.comparison.holds, found.doubts, found.concept_drift.drifted) == (False, ("contradicted",), True)
    estimate, drift = estimate_tables(view, view.windows[0])
    assert "has stopped holding" in estimate.note
    assert "outcomes contradict it" in estimate.note
    assert ("Concept drift", "wrong by more than on the reference") in drift.rows
    signs = list(signs_of_estimates(view, view.windows[0]))
    assert signs[0].startswith("Concept drift: wrong by more than on the reference, since ")
    assert signs[1:] == ["Outcomes of the last 1h contradict the estimated performance."]
    shown = dict(drift.rows)
    assert shown["Limit of the mean absolute error"] == number(found.concept_drift.limit)
    assert shown["Since"].endswith("UTC")
    assert shown["Kind"] == (found.concept_drift.kind or "unknown")
    assert shown["Began"].endswith("UTC")
    for table in (estimate, drift):
        assert {len(row) for row in table.rows} == {len(table.columns)}


def test_without_outcomes_nothing_is_compared():
    """The estimate is shown, its truth is unknown, and a doubt says so."""
    view = view_of(with_outcomes=False)
    found = estimates_summary(view, view.windows[0])
    assert found.doubts == ("unchecked",)
    assert np.isnan(found.estimates[0].realised)
    assert orjson.loads(orjson.dumps(found))["estimates"][0]["realised"] is None


def test_a_model_without_an_estimate_has_no_tables():
    """Nothing is shown of a model that has no reference."""
    fleet = Fleet(Config(windows=WINDOWS, models=(ModelConfig("rent", "1"),)), {})
    (view,) = fleet.views(NOW)
    found = estimates_summary(view, view.windows[0])
    assert (found.samples, found.estimates, found.comparison, found.concept_drift) == (0, (), None, None)
    assert list(estimate_tables(view, view.windows[0])) == []


def test_the_page_has_them():
    """The tables are on the model's page."""
    view = view_of()
    board = board_of(Query(*KEY), [view], [], [0.0], NOW)
    assert {"Estimated performance", "Concept drift"} <= {table.title for table in board.tables}


def test_the_page_warns_of_concept_drift():
    """What outcomes say against a model stands above its numbers, and beside its name in the overview."""
    view = view_of(times_worse=3.0)
    board = board_of(Query(*KEY), [view], [], [0.0], NOW)
    other = replace(view, key=ModelKey("other", "1", "champion"))
    line = board_of(Query(), [view, other], [], [0.0, 0.0], NOW).models[0]
    for warnings in (board.warnings, line.warnings):
        assert any(warning.startswith("Concept drift: ") for warning in warnings)
