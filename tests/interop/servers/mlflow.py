"""MLflow's scoring server: no logger, so its calls come as a gateway or a proxy logs them."""

from calls import Call, called, exchange
from iris import FEATURES, MODEL, ROWS, TRAIN, VERSION

from ._base import Place, Server

SAVE = """
import mlflow.sklearn
mlflow.sklearn.save_model(model, "model", serialization_format="cloudpickle")
"""


def ask(place: Place) -> list[Call]:
    """Ask with each shape of body, and with one that it refuses."""
    url = place.url + "/invocations"
    calls = [
        called(url, "mlflow-split", ROWS[:2], {"dataframe_split": {"columns": FEATURES, "data": ROWS[:2]}}),
        called(url, "mlflow-records", ROWS[2:3], {"dataframe_records": [dict(zip(FEATURES, ROWS[2], strict=True))]}),
        called(url, "mlflow-instances", ROWS[3:], {"instances": ROWS[3:]}),
        called(url, "mlflow-inputs", ROWS[:1], {"inputs": ROWS[:1]}),
        called(url, "mlflow-refused", (), {"instances": [["long", "wide", "long", "wide"]]}),
    ]
    # It answers with its stack trace, which has paths of this machine.
    calls[-1].response.pop("stack_trace", None)
    return calls


SERVER = Server(
    key="mlflow",
    version="3.17.2",
    packages=("mlflow==3.17.2",),
    format="exchange",
    way="calls, logged as request and response in one object",
    train=TRAIN + SAVE,
    command=lambda place: [
        place.python, "-m", "mlflow", "models", "serve", "-m", "model", "--env-manager", "local",
        "--host", "127.0.0.1", "--port", str(place.port), "--workers", "1",
    ],
    ready="/ping",
    ask=ask,
    posts=lambda place, calls: [exchange(call, MODEL, VERSION) for call in calls],
)  # fmt: skip
