"""Decisions: actions are counted and compared, scores are held against their bands."""

import numpy as np
import pytest
from inference_exporter.config.decisions import GuardrailConfig
from inference_exporter.config.schema import ModelConfig, Window
from inference_exporter.model.decisions import ACTIONS_AT_MOST, OTHER_ACTION, Decisions, GuardrailCounts
from inference_exporter.model.monitor import Monitor
from inference_exporter.samples.batch import Batch, ModelKey

KEY = ModelKey("loans", "1", "champion")
NOW = 1_800_000_000.0


def batch(size, **columns):
    return Batch(size, KEY, np.full(size, NOW), **columns)


def counted(config, *batches):
    decisions = Decisions(config)
    for each in batches:
        decisions.add(each)
    return decisions.view()


def test_actions_are_counted():
    """Each action is counted by its text, in any spelling; missing ones are not."""
    view = counted(ModelConfig(), batch(5, action=["blocked", "passed", None, " passed", True]))
    assert view.actions == {"blocked": 1, "passed": 2, "true": 1}


def test_actions_are_bounded():
    """Beyond a number of different actions they share a label."""
    view = counted(ModelConfig(), batch(100, action=[f"a{i}" for i in range(100)]))
    assert len(view.actions) == ACTIONS_AT_MOST + 1
    assert view.actions[OTHER_ACTION] == 100 - ACTIONS_AT_MOST


@pytest.mark.parametrize(
    "prediction", [["1", "0", "1", "1", "0"], [1.0, 0.0, 1.0, 1.0, 0.0], np.array([1.0, 0, 1, 1, 0])]
)
def test_actions_other_than_configured(prediction):
    """Predictions with a configured action are compared with the action sent, however the class is written."""
    actions = ["blocked", "passed", "passed", None, "blocked"]
    view = counted(ModelConfig(actions={"1": "blocked"}), batch(5, prediction=prediction, action=actions))
    assert (view.checked, view.mismatched) == ({"1": 2}, {"1": 1})


def test_scores_outside_their_band():
    """A guardrail counts the samples that it judges, below and above its band; the ends belong to it."""
    guardrails = {
        "all": GuardrailConfig("yes", 0.6, 0.95),
        "granted": GuardrailConfig("yes", 0.6, 0.95, prediction="yes", action="paid"),
        "amount": GuardrailConfig(None, 0, 10),
    }
    scores = {"yes": np.array([0.5, 0.6, 0.95, 0.99, np.nan, 0.1])}
    prediction = ["yes", "yes", "yes", "yes", "yes", "no"]
    action = ["paid", "paid", "paid", None, "paid", "paid"]
    view = counted(ModelConfig(guardrails=guardrails), batch(6, prediction=prediction, scores=scores, action=action))
    assert view.guardrails["all"] == GuardrailCounts(5, 2, 1)
    assert view.guardrails["granted"] == GuardrailCounts(3, 1, 0)
    numbers = counted(ModelConfig(guardrails=guardrails), batch(3, prediction=np.array([-1.0, 3.0, 11.0])))
    assert numbers.guardrails["amount"] == GuardrailCounts(3, 1, 1)


def test_a_model_without_any_pays_nothing():
    """Without actions and guardrails there is no state and no series; the first action starts it."""
    monitor = Monitor(KEY, ModelConfig("loans", "1"), (Window("5m", 300.0),))
    monitor.add(batch(3, prediction=["a", "b", "a"]), NOW)
    assert monitor.view(NOW).decisions is None
    monitor.add(batch(1, prediction=["a"], action=["paid"]), NOW)
    assert monitor.view(NOW).decisions.actions == {"paid": 1}
