"""MLServer with scikit-learn's runtime: Open Inference Protocol V2, no logger."""

from itertools import chain

from calls import Call, Post, called, exchange
from iris import FEATURES, MODEL, ROWS, TRAIN, VERSION

from ._base import Place, Server

SETTINGS = """
{"name": "iris", "implementation": "mlserver_sklearn.SKLearnModel",
 "parameters": {"uri": "model.joblib", "version": "1"}}
"""


def _matrix(rows: list[list[float]]) -> dict:
    return {"inputs": [{"name": "predict", "shape": [len(rows), 4], "datatype": "FP64", "data": [*chain(*rows)]}]}


def _columns(rows: list[list[float]]) -> dict:
    """Return a tensor for each feature, which MLServer turns into a data frame."""
    tensors = [
        {"name": name, "shape": [len(rows), 1], "datatype": "FP64", "data": [row[place] for row in rows]}
        for place, name in enumerate(FEATURES)
    ]
    return {"parameters": {"content_type": "pd"}, "inputs": tensors}


def ask(place: Place) -> list[Call]:
    """Ask with one matrix and with a tensor for each feature, and with what it refuses."""
    url = place.url + f"/v2/models/{MODEL}/infer"
    return [
        called(url, "mlserver-matrix", ROWS[:2], {"id": "mlserver-matrix", **_matrix(ROWS[:2])}),
        called(url, "mlserver-columns", ROWS[2:], {"id": "mlserver-columns", **_columns(ROWS[2:])}),
        called(url, "mlserver-versions", ROWS[:1], {"id": "mlserver-versions", **_matrix(ROWS[:1])}),
        called(url, "mlserver-refused", (), {"id": "mlserver-refused", **_matrix([["a", "b", "c", "d"]])}),
    ]


def posts(place: Place, calls: list[Call]) -> list[Post]:
    """Return calls as a gateway logs them."""
    return [exchange(call, MODEL, VERSION) for call in calls]


SERVER = Server(
    key="mlserver",
    version="1.7.1",
    packages=("mlserver==1.7.1", "mlserver-sklearn==1.7.1"),
    format="exchange",
    way="calls, logged as request and response in one object",
    train=TRAIN + 'joblib.dump(model, "model.joblib")\n',
    files={"model-settings.json": SETTINGS},
    settings=lambda place: {
        "MLSERVER_HTTP_PORT": str(place.port), "MLSERVER_GRPC_PORT": str(place.port + 1),
        "MLSERVER_METRICS_PORT": str(place.port + 2), "MLSERVER_HOST": "127.0.0.1", "MLSERVER_PARALLEL_WORKERS": "0",
    },
    command=lambda place: [place.python.parent / "mlserver", "start", "."],
    ready=f"/v2/models/{MODEL}/ready",
    ask=ask,
    metrics=lambda place: f"http://127.0.0.1:{place.port + 2}/metrics",
    posts=posts,
    predictions=lambda response: response["outputs"][0]["data"],
)  # fmt: skip
