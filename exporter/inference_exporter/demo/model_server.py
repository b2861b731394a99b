"""The demo's model server: predicts over HTTP whether flights will be late, and reports to the exporter.

    python -m inference_exporter.demo.model_server \\
        --model.file=model.pickle --web.listen-address=127.0.0.1:8000 --exporter.url=http://127.0.0.1:10800

Like any server it is sometimes slow and sometimes fails. Which requests are
affected depends only on `--seed` and the request, so runs are reproducible.
"""

import argparse
import logging
import pickle
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import numpy as np
from flask import Flask, Response, jsonify, request
from werkzeug.serving import WSGIRequestHandler, make_server

from ..client import Monitor
from .model import FlightModel
from .names import FEATURES, LATE, MODEL, VERSION
from .pacing import BUSY

SLOW_SHARE, FAILED_SHARE = 0.01, 0.003
SLOW_SECONDS = (0.15, 0.4)

Instance = Mapping[str, Any]


class Mishap(NamedTuple):
    """The delay and failure of one request."""

    delay_seconds: float = 0.0
    fails: bool = False


class Answer(NamedTuple):
    """One answered request, as reported to the exporter."""

    instances: Sequence[Instance]
    predictions: Sequence[str | None]
    scores: Sequence[float | None]
    latency_seconds: float
    code: int


def mishap(seed: int, instances: Sequence[Instance]) -> Mishap:
    """Return the mishap of a request, drawn from the seed and its first id."""
    first = instances[0].get("id") if instances else ""
    random = Random(f"{seed}:{first}")  # noqa: S311 - nobody is to be kept from guessing it
    chance = random.random()
    if chance < FAILED_SHARE:
        return Mishap(fails=True)
    if chance < FAILED_SHARE + SLOW_SHARE:
        return Mishap(delay_seconds=random.uniform(*SLOW_SECONDS))
    return Mishap()


def create_app(model: FlightModel, report: Callable[[Answer], None], seed: int = 0) -> Flask:
    """Return the service; `report` is called once for each request to `/predict`."""
    app = Flask(__name__)

    @app.get("/healthz")
    def healthz() -> str:
        return "ok\n"

    @app.post("/predict")
    def predict() -> tuple[Response, int]:
        started = time.perf_counter()
        body = request.get_json()
        instances = body.get("instances") if isinstance(body, dict) else None
        if not isinstance(instances, list) or not all(isinstance(instance, dict) for instance in instances):
            return jsonify(error="expected {'instances': [{…}, …]}"), 400
        trouble = mishap(seed, instances)
        time.sleep(trouble.delay_seconds)
        predictions, scores = ([], []) if trouble.fails or not instances else _predict(model, instances)
        code = 500 if trouble.fails else 200
        report(_answer(instances, predictions, scores, time.perf_counter() - started, code))
        if trouble.fails:
            return jsonify(error="the model is unavailable"), code
        return jsonify(predictions=predictions, scores=scores), code

    return app


def _predict(model: FlightModel, instances: Sequence[Instance]) -> tuple[list[str], list[float]]:
    rows = np.array([[instance.get(name) for name in FEATURES] for instance in instances], dtype=object)
    scores = model.scores(rows)
    return model.predictions(scores), scores.round(6).tolist()


def _answer(
    instances: Sequence[Instance], predictions: Sequence[str], scores: Sequence[float], seconds: float, code: int
) -> Answer:
    nothing = [None] * len(instances)
    return Answer(instances, predictions or nothing, scores or nothing, seconds, code)


def tell(monitor: Monitor, answer: Answer) -> None:
    """Report each sample of the answer; latency goes with the first, so that it counts once."""
    latency_seconds: float | None = answer.latency_seconds
    for instance, prediction, score in zip(answer.instances, answer.predictions, answer.scores, strict=True):
        monitor.observe(
            id=instance.get("id"),
            time=instance.get("time"),
            features={name: instance.get(name) for name in FEATURES},
            prediction=prediction,
            scores=None if score is None else {LATE: score},
            latency_seconds=latency_seconds,
            code=answer.code,
        )
        latency_seconds = None


class KeepAliveHandler(WSGIRequestHandler):
    """Keeps connections open, and sends headers and body without waiting for an acknowledgement (TCP_NODELAY)."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True


def main() -> None:
    """Serve until SIGTERM or SIGINT, then send the queued samples."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model.file", dest="model_file", type=Path, required=True)
    parser.add_argument("--web.listen-address", dest="listen_address", default="127.0.0.1:8000")
    parser.add_argument("--exporter.url", dest="exporter_url", default="http://127.0.0.1:10800")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # no access log
    host, _, port = arguments.listen_address.rpartition(":")
    monitor = Monitor(arguments.exporter_url, model=MODEL, version=VERSION, options=BUSY)
    model = pickle.loads(arguments.model_file.read_bytes())  # noqa: S301 - what the demo's own train.py wrote
    app = create_app(model, lambda answer: tell(monitor, answer), arguments.seed)
    app.add_url_rule("/statistics", view_func=lambda: asdict(monitor.statistics()))
    server = make_server(host, int(port), app, threaded=True, request_handler=KeepAliveHandler)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        monitor.close()


if __name__ == "__main__":
    main()
