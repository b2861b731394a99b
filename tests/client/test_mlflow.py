"""The pyfunc model for MLflow; `make interop` serves it with a real MLflow."""

import pickle
import sys
from types import ModuleType

import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

FRAME = pd.DataFrame({"a": [1.0, 2.0], "b": [2.0, 5.0]})


@pytest.fixture
def monitored_model(monkeypatch):
    """Return the class, with a stand-in where MLflow is not installed."""
    stand_in = ModuleType("mlflow.pyfunc")
    stand_in.PythonModel = object
    monkeypatch.setitem(sys.modules, "mlflow", ModuleType("mlflow"))
    monkeypatch.setitem(sys.modules, "mlflow.pyfunc", stand_in)
    monkeypatch.delitem(sys.modules, "inference_exporter.client.mlflow", raising=False)
    from inference_exporter.client.mlflow import MonitoredModel  # after the stand-in is in place

    yield MonitoredModel
    sys.modules.pop("inference_exporter.client.mlflow")


def test_predictions_are_reported_after_a_pickle(monitored_model, exporter, watch):
    """As MLflow saves and loads it: the model predicts, and a new monitor reports."""
    model = LinearRegression().fit(FRAME, [1.0, 2.0])
    loaded = pickle.loads(pickle.dumps(monitored_model(model, watch(exporter))))
    assert loaded.predict(None, FRAME).tolist() == model.predict(FRAME).tolist()
    monitor = loaded._model._monitor
    assert monitor.flush(60)
    assert [sample["features"] for sample in exporter.samples()] == FRAME.to_dict("records")
    monitor.close()
