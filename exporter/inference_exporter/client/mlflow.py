"""An MLflow model whose predictions are reported wherever it is served: `mlflow models serve`, a batch job."""

from __future__ import annotations

from typing import Any

from mlflow.pyfunc import PythonModel

from .monitor import Monitor


class MonitoredModel(PythonModel):  # type: ignore[misc]
    """A pyfunc model around a model with `predict`, for `mlflow.pyfunc.save_model(python_model=…)`.

    The monitor is saved with its settings and starts where the model is
    loaded; it reads INFERENCE_EXPORTER_URL there, unless it has a URL.
    """

    def __init__(self, model: Any, monitor: Monitor) -> None:
        self._model = monitor.wrap(model)

    def predict(self, context: Any, model_input: Any, params: dict[str, Any] | None = None) -> Any:
        """Return the model's predictions."""
        return self._model.predict(model_input)
