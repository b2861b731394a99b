"""BentoML with its monitor, which writes a line for each row to files."""

from dataclasses import replace

from calls import Call, Post, called
from iris import ROWS, TRAIN

from ._base import Place, Server

SERVE = """
import bentoml
import joblib

NAMES = ("sepal_length", "sepal_width", "petal_length", "petal_width")


@bentoml.service(name="iris")
class Iris:
    def __init__(self) -> None:
        self.model = joblib.load("model.joblib")

    @bentoml.api
    def predict(self, rows: list[list[float]]) -> list[int]:
        predictions = self.model.predict(rows).tolist()
        with bentoml.monitor("iris") as monitor:
            for row, prediction in zip(rows, predictions):
                for name, value in zip(NAMES, row):
                    monitor.log(value, name=name, role="feature", data_type="numerical")
                monitor.log(prediction, name="species", role="prediction", data_type="categorical")
        return predictions
"""


def ask(place: Place) -> list[Call]:
    """Ask row by row, as the monitor wants it, and with what it refuses."""
    url = place.url + "/predict"
    calls = [called(url, "0", [row], {"rows": [row]}, id_header="x-bentoml-request-id") for row in ROWS]
    # The header has the id in hexadecimal, the monitor's files in decimal.
    calls = [replace(call, id=str(int(call.id, 16))) for call in calls]
    return [*calls, called(url, "", (), {"rows": [["long"]]})]


def posts(place: Place, calls: list[Call]) -> list[Post]:
    """Return the schema and the lines of the monitor's files."""
    folder = place.folder / "monitoring" / "iris"
    lines = [
        line
        for part in ("schema", "data")
        for path in sorted((folder / part).glob("*.log*"))
        for line in path.read_text().splitlines()
    ]
    return [Post("\n".join(lines).encode(), {"content-type": "application/x-ndjson"})]


SERVER = Server(
    key="bentoml",
    version="1.4.40",
    packages=("bentoml==1.4.40", "scikit-learn"),
    format="bentoml",
    way="files of its monitor",
    train=TRAIN + 'joblib.dump(model, "model.joblib")\n',
    files={"service.py": SERVE},
    settings=lambda place: {
        "BENTOML_HOME": str(place.folder / "home"), "BENTOML_DO_NOT_TRACK": "true",
    },
    command=lambda place: [
        place.python, "-m", "bentoml", "serve", "service:Iris", "--host", "127.0.0.1", "--port", str(place.port),
    ],
    ready="/readyz",
    ask=ask,
    posts=posts,
    metrics=lambda place: f"{place.url}/metrics",
    sends_errors=False,
    sends_latency=False,
    predictions=lambda response: response,
)  # fmt: skip
