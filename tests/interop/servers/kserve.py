"""KServe's Python server. Its logger is the agent beside it: the events are made as the agent makes them."""

import json
from datetime import UTC, datetime

from calls import Call, Post, called
from iris import MODEL, ROWS, TRAIN

from ._base import Place, Server

SERVE = """
import sys
import joblib
from kserve import Model, ModelServer
from kserve.errors import InvalidInput

class Iris(Model):
    def __init__(self):
        super().__init__("iris")
        self.load()

    def load(self):
        self._model = joblib.load("model.joblib")
        self.ready = True
        return True

    def predict(self, payload, headers=None, response_headers=None):
        try:
            return {"predictions": self._model.predict(payload["instances"]).tolist()}
        except ValueError as error:
            raise InvalidInput(str(error))

ModelServer(http_port=int(sys.argv[1]), enable_grpc=False, workers=1).start([Iris()])
"""
TYPE = "org.kubeflow.serving.inference."


def ask(place: Place) -> list[Call]:
    """Ask with V1 rows, and with what it refuses."""
    url = place.url + f"/v1/models/{MODEL}:predict"
    return [
        called(url, "kserve-two", ROWS[:2], {"instances": ROWS[:2]}),
        called(url, "kserve-one", ROWS[2:3], {"instances": ROWS[2:3]}),
        called(url, "kserve-last", ROWS[3:], {"instances": ROWS[3:]}),
    ]


def _event(call: Call, kind: str, body: object, seconds: float) -> Post:
    headers = {
        "ce-specversion": "1.0", "ce-id": call.id, "ce-type": TYPE + kind, "ce-source": "http://localhost:9081/",
        "ce-time": _time(call.started + seconds), "ce-inferenceservicename": MODEL, "ce-namespace": "default",
        "ce-component": "predictor", "ce-endpoint": "", "content-type": "application/json",
    }  # fmt: skip
    return Post(json.dumps(body).encode(), headers)


def _time(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def posts(place: Place, calls: list[Call]) -> list[Post]:
    """Return the events of each call, one of them with the response first; failed calls have none."""
    pairs = [
        (_event(call, "request", call.request, 0), _event(call, "response", call.response, call.seconds))
        for call in calls
        if call.status == 200
    ]
    pairs[-1] = pairs[-1][::-1]
    return [event for pair in pairs for event in pair]


SERVER = Server(
    key="kserve",
    version="0.21.0",
    packages=("kserve==0.21.0", "scikit-learn"),
    format="kserve",
    way="bodies of the server, in events as the agent sends them",
    train=TRAIN + 'joblib.dump(model, "model.joblib")\n',
    files={"serve.py": SERVE},
    command=lambda place: [place.python, "serve.py", str(place.port)],
    ready=f"/v1/models/{MODEL}",
    ask=ask,
    posts=posts,
    metrics=lambda place: f"{place.url}/metrics",
    sends_errors=False,
)
