"""Seldon Core v1's Python wrapper. Its logger is the executor beside it: events are made as the executor makes them."""

import json

from calls import Call, Post, called
from iris import FEATURES, MODEL, ROWS, TRAIN

from ._base import Place, Server

# The wrapper's command listens on all addresses; this is its application on one.
SERVE = """
import sys

import joblib
from seldon_core.metrics import SeldonMetrics
from seldon_core.wrapper import get_rest_microservice


class Iris:
    def __init__(self):
        self.model = joblib.load("model.joblib")

    def predict(self, X, names=None, meta=None):
        return self.model.predict(X).tolist()


get_rest_microservice(Iris(), SeldonMetrics()).run("127.0.0.1", int(sys.argv[1]))
"""
TYPE = "io.seldon.serving.inference."


def ask(place: Place) -> list[Call]:
    """Ask with names and without them."""
    url = place.url + "/api/v1.0/predictions"
    return [
        called(url, "seldon-named", ROWS[:2], {"data": {"names": FEATURES, "ndarray": ROWS[:2]}}),
        called(url, "seldon-tensor", ROWS[2:], {"data": {"tensor": {"shape": [2, 4], "values": [*ROWS[2], *ROWS[3]]}}}),
    ]


def _event(call: Call, kind: str, body: object) -> Post:
    headers = {
        "ce-specversion": "1.0", "ce-id": f"{call.id}-{kind}", "ce-type": TYPE + kind, "ce-requestid": call.id,
        "ce-source": "http://localhost:8000/", "ce-inferenceservicename": MODEL, "ce-modelid": "classifier",
        "ce-namespace": "default", "ce-endpoint": "main", "content-type": "application/json",
    }  # fmt: skip
    return Post(json.dumps(body).encode(), headers)


def posts(place: Place, calls: list[Call]) -> list[Post]:
    """Return the events of each call."""
    return [
        event
        for call in calls
        for event in (_event(call, "request", call.request), _event(call, "response", call.response))
    ]


SERVER = Server(
    key="seldon",
    version="1.18.2",
    packages=("seldon-core==1.18.2", "scikit-learn", "setuptools<81"),
    format="seldon",
    way="bodies of the wrapper, in events as the executor sends them",
    train=TRAIN + 'joblib.dump(model, "model.joblib")\n',
    files={"serve.py": SERVE},
    command=lambda place: [place.python, "serve.py", str(place.port)],
    ready="/health/ping",
    ask=ask,
    posts=posts,
    sends_errors=False,
    sends_latency=False,
    predictions=lambda response: response["data"].get("ndarray") or response["data"]["tensor"]["values"],
)  # fmt: skip
