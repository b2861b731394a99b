"""Tables of a model's page: actions, guardrails, slices, components, challengers; absent where nothing is known."""

import numpy as np
import pytest
from inference_exporter.config.decisions import GuardrailConfig
from inference_exporter.config.schema import Config, LearningConfig, ModelConfig, Window
from inference_exporter.config.slices import FairnessConfig, SliceConfig, WorstSlicesConfig
from inference_exporter.model.fleet import Fleet
from inference_exporter.page.boards import board_of
from inference_exporter.page.query import Query
from inference_exporter.samples.batch import Batch, ModelKey, OutcomeBatch

NOW = 1_800_000_000.0
OLD, NEW = ModelKey("loans", "1", "champion"), ModelKey("loans", "2", "challenger")
SIZE = 400


def batch(key, wrong_below):
    """Return samples of a model that is wrong for the young."""
    random = np.random.default_rng(1)
    age = random.integers(18, 90, SIZE).astype(float)
    truth = ["yes" if value > 0.5 else "no" for value in random.random(SIZE).tolist()]
    given = [of if years >= wrong_below else "no" for of, years in zip(truth, age.tolist(), strict=True)]
    sent = Batch(
        SIZE, key, np.full(SIZE, NOW), features={"age": age}, prediction=given, ids=[str(i) for i in range(SIZE)],
        scores={"yes": np.array([0.9 if of == "yes" else 0.1 for of in given])},
        intermediate={"gbm": np.array([0.8 if of == "yes" else 0.3 for of in given])},
        action=["paid" if of == "yes" else "refused" for of in given], tags={"sex": ["f", "m"] * (SIZE // 2)},
    )  # fmt: skip
    return sent, truth


@pytest.fixture(scope="module")
def views():
    """Return the views of a champion and a challenger with everything configured."""
    every = {
        "learning": LearningConfig(samples=100),
        "actions": {"yes": "paid"},
        "guardrails": {"band": GuardrailConfig("yes", 0.2, 0.95)},
        "slices": {"age": SliceConfig(bounds=(30.0,)), "sex": SliceConfig("tag", sensitive=True)},
        "worst_slices": WorstSlicesConfig(1, 20),
        "fairness": FairnessConfig("yes", 20),
    }
    models = tuple(ModelConfig(*key, metadata={"dataset": key.version}, **every) for key in (OLD, NEW))
    fleet = Fleet(Config(windows=(Window("1h", 3600.0),), models=models), {})
    for key, wrong_below in ((OLD, 40), (NEW, 25)):
        sent, truth = batch(key, wrong_below)
        fleet.add(sent, NOW)
        fleet.add(
            Batch(1, key, np.full(1, NOW), features={"age": [50.0]}, prediction=["yes"], tags={"sex": ["f"]}), NOW
        )
        fleet.join(OutcomeBatch(key, sent.ids, truth, np.full(SIZE, NOW)), NOW)
    return fleet.views(NOW)


def tables(views, key):
    board = board_of(Query(*key), views, [], [0.0] * len(views), NOW)
    return {table.title: table for table in board.tables}


def test_a_challenger_has_all_tables(views):
    """Everything that is configured, or that samples have, is a table; each row is as wide as its head."""
    found = tables(views, NEW)
    assert {
        "Actions", "Predictions and their actions", "Guardrails", "Worst slices", "Performance by age",
        "Fairness by sex", "Components", "Against the champion, version 1", "Predictions of both", "What changed",
        "Versions side by side",
    } <= found.keys()  # fmt: skip
    for table in found.values():
        assert {len(row) for row in table.rows} == {len(table.columns)}
        assert all(
            type(cell) is str and cell != "" for row in table.rows for cell in row[1:] if table.title != "What changed"
        )


def test_what_they_say(views):
    """Values are those of the views."""
    found = tables(views, NEW)
    assert ("dataset", "1", "2") in found["What changed"].rows
    assert ("Requests that both answered", "400") in found["Against the champion, version 1"].rows
    assert found["Worst slices"].rows[0][0] == "age: below 30"
    assert found["Guardrails"].rows[0][:2] == ("band", "0.2 to 0.95")
    assert [row[0] for row in found["Versions side by side"].rows] == ["1 (champion)", "2 (challenger)"]


def test_a_plain_model_has_none():
    """A model without any of it has no tables."""
    fleet = Fleet(Config(windows=(Window("1h", 3600.0),)), {})
    fleet.add(Batch(3, OLD, np.full(3, NOW), prediction=["a", "b", "a"], ids=["1", "2", "3"]), NOW)
    assert tables(fleet.views(NOW), OLD) == {}
