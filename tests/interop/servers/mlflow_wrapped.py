"""MLflow serving a model that reports itself: `MonitoredModel` with the client's monitor."""

from pathlib import Path

from calls import Call, called
from iris import FEATURES, MODEL, ROWS, TRAIN, VERSION

from ._base import Place, Server

CLIENT = Path(__file__).parents[3] / "exporter"
SAVE = f"""
import mlflow.pyfunc
from inference_exporter.client import Monitor
from inference_exporter.client.mlflow import MonitoredModel
monitored = MonitoredModel(model, Monitor(model="{MODEL}", version="{VERSION}"))
mlflow.pyfunc.save_model("model", python_model=monitored)
"""


def ask(place: Place) -> list[Call]:
    """Ask, and let the model fail."""
    url = place.url + "/invocations"
    return [
        called(url, "", ROWS[:2], {"dataframe_split": {"columns": FEATURES, "data": ROWS[:2]}}),
        called(url, "", ROWS[2:], {"dataframe_split": {"columns": FEATURES, "data": ROWS[2:]}}),
        called(url, "", (), {"dataframe_split": {"columns": FEATURES, "data": [["long", "wide", "long", "wide"]]}}),
    ]


SERVER = Server(
    key="mlflow-wrapped",
    version="3.17.2",
    packages=("mlflow==3.17.2",),
    environment_of="mlflow-3.17.2",
    format="",
    way="the client, inside the model",
    train=TRAIN + SAVE,
    command=lambda place: [
        place.python, "-m", "mlflow", "models", "serve", "-m", "model", "--env-manager", "local",
        "--host", "127.0.0.1", "--port", str(place.port), "--workers", "1",
    ],
    ready="/ping",
    ask=ask,
    settings=lambda place: {"PYTHONPATH": str(CLIENT), "INFERENCE_EXPORTER_URL": place.logger_url},
    logged=5,
    sends_ids=False,
)  # fmt: skip
