"""Realised performance of windows and of the reference."""

import math

import numpy as np
import pytest
from inference_exporter.config.schema import ModelConfig
from inference_exporter.page.realised import confusion_of, performance_values


def values_of(model):
    """Return the values of the shortest window by measure and class."""
    view = model.view()
    return {
        (value.measure, value.of_class): (value.value, value.reference)
        for value in performance_values(view.windows[0], view.reference)
    }


def test_a_classifier_is_measured(watched):
    """Each measure comes with the reference's value, NaN if that was built without outcomes."""
    model = watched(performance={"accuracy_ratio": {"": 0.9}})
    model.add(30)
    model.join(["yes" if place % 3 else "no" for place in range(15)] + ["no"] * 15)
    values = values_of(model)
    assert values["accuracy_ratio", ""] == (pytest.approx(20 / 30), 0.9)
    assert values["recall_ratio", "yes"] == (1.0, pytest.approx(math.nan, nan_ok=True))
    confusion = confusion_of(model.view().windows[0])
    assert confusion.classes == ("no", "yes")
    assert confusion.counts == ((10, 10), (0, 10))


def test_a_regressor_is_measured(watched):
    """A regressor has errors, and no confusion matrix."""
    features = {"x": np.linspace(0, 1, 500)}
    model = watched(ModelConfig(task="regression"), features=features, rows=500, prediction=np.linspace(0, 1, 500))
    model.add(4, features={"x": np.zeros(4)}, prediction=np.array([1.0, 2.0, 3.0, 4.0]))
    model.join([1.0, 1.0, 1.0, 1.0])
    assert values_of(model)["mean_absolute_error", ""][0] == pytest.approx(1.5)
    assert values_of(model)["bias", ""][0] == pytest.approx(1.5)
    assert confusion_of(model.view().windows[0]) is None


def test_nothing_is_measured_before_a_prediction(watched):
    """Without predictions with an id there are no values."""
    assert values_of(watched()) == {}
