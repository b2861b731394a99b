"""Web applications with the client inside: what they have in common."""

from collections.abc import Sequence
from pathlib import Path

from calls import Call, called
from iris import FEATURES, MODEL, ROWS, TRAIN, VERSION

from ._base import Place, Server

CLIENT = Path(__file__).parents[3] / "exporter"
ENVIRONMENT = "frameworks-2026.11"
PACKAGES = (
    "fastapi==0.165.0", "uvicorn==0.54.0", "django==5.2.19", "flask==3.1.3", "gunicorn==27.0.1",
    "scikit-learn==1.9.1", "pandas==3.1.1", "xgboost==3.2.0",
)  # fmt: skip
SAVE = 'joblib.dump(model, "model.joblib")\n'
MONITOR = f"""
import joblib
from inference_exporter.client import Monitor
model = joblib.load("model.joblib")
monitor = Monitor(model="{MODEL}", version="{VERSION}")

def predicted(body):
    return {{"prediction": int(model.predict([[float(body["features"][name]) for name in {FEATURES}]])[0])}}
"""


def application(key: str, version: str, way: str, code: str, command: Sequence[str], **about: object) -> Server:
    """Return an application as a server; `command` runs it, with `{port}` for its port."""

    def ask(place: Place) -> list[Call]:
        url = place.url + "/predict"
        good = [
            called(url, f"{key}-{number}", [row], {"id": f"{key}-{number}", "features": _named(row)})
            for number, row in enumerate(ROWS)
        ]
        return [*good, called(url, "", (), {"features": _named(["long"] * len(FEATURES))})]

    settings: dict[str, object] = {
        "train": TRAIN + SAVE, "files": {"application.py": MONITOR + code}, "logged": len(ROWS) + 1,
        "predictions": lambda response: [response["prediction"]],
    }  # fmt: skip
    return Server(
        key=key,
        version=version,
        packages=PACKAGES,
        environment_of=ENVIRONMENT,
        format="",
        way=way,
        command=lambda place: [place.python, "-m", *(part.format(port=place.port) for part in command)],
        ready="/ready",
        ask=ask,
        settings=lambda place: {"PYTHONPATH": f"{CLIENT}:.", "INFERENCE_EXPORTER_URL": place.logger_url},
        **settings | about,  # type: ignore[arg-type]
    )


def _named(row: Sequence[object]) -> dict[str, object]:
    return dict(zip(FEATURES, row, strict=True))
