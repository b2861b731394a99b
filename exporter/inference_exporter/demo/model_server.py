"""The demo's model server: predicts over HTTP whether flights will be late, and reports to the exporter.

The champion answers. A challenger predicts a share of the requests too, and a
second model the minutes of flights from one airport: both only to be monitored.

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
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from random import Random
from typing import NamedTuple

from flask import Flask, Response, jsonify, request
from werkzeug.serving import WSGIRequestHandler, make_server

from ..client import Monitor
from .answers import Answer, Instance, classify, explained, predict_minutes, rows_of, tell
from .model import Models
from .names import CHALLENGER_VERSION, MINUTES_MODEL, MODEL, VERSION
from .pacing import BUSY

SLOW_SHARE, FAILED_SHARE = 0.01, 0.003
SLOW_SECONDS = (0.15, 0.4)
MIRRORED_SHARE = 0.25
"""Share of the requests that the challenger predicts as well."""
EXPLAINED_SHARE = 0.05
"""Share of the requests whose scores are explained, which costs as much as fifteen predictions."""
ROLES = ("champion", "challenger", "minutes")


class Mishap(NamedTuple):
    """The delay and failure of one request."""

    delay_seconds: float = 0.0
    fails: bool = False


Report = Callable[[str, Answer], None]
"""Called with the role of the model, one of `ROLES`."""


def mishap(seed: int, instances: Sequence[Instance]) -> Mishap:
    """Return the mishap of a request, drawn from the seed and its first id."""
    draw = chance(seed, "mishap", instances)
    if draw < FAILED_SHARE:
        return Mishap(fails=True)
    if draw < FAILED_SHARE + SLOW_SHARE:
        least, most = SLOW_SECONDS
        return Mishap(delay_seconds=least + (most - least) * (draw - FAILED_SHARE) / SLOW_SHARE)
    return Mishap()


def chance(seed: int, purpose: str, instances: Sequence[Instance]) -> float:
    """Return a number from 0 to 1 that depends only on the seed, the purpose and the first id of the request."""
    first = instances[0].get("id") if instances else ""
    return Random(f"{seed}:{purpose}:{first}").random()  # noqa: S311 - nobody is to be kept from guessing it


def create_app(models: Models, report: Report, seed: int = 0) -> Flask:
    """Return the service; `report` is called once for each model that saw a request to `/predict`."""
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
        # Before the failure: servers that are overloaded are slow first.
        time.sleep(trouble.delay_seconds)
        if trouble.fails:
            report("champion", Answer(instances, time.perf_counter() - started, code=500))
            return jsonify(error="the model is unavailable"), 500
        if not instances:
            return jsonify(predictions=[], scores=[]), 200
        rows = rows_of(instances)
        answer = classify(models.champion, instances, rows, started)
        draw = chance(seed, "challenger", instances)
        if draw < EXPLAINED_SHARE:
            answer = explained(models.champion, answer, rows)
        report("champion", answer)
        if draw < MIRRORED_SHARE:
            report("challenger", classify(models.challenger, instances, rows, time.perf_counter()))
        if (of_minutes := predict_minutes(models.minutes, instances, rows)) is not None:
            report("minutes", of_minutes)
        return jsonify(predictions=answer.predictions, scores=answer.scores), 200

    return app


def monitors_of(exporter: str) -> dict[str, Monitor]:
    """Return a client for each role."""
    return {
        "champion": Monitor(exporter, MODEL, VERSION, options=BUSY),
        "challenger": Monitor(exporter, MODEL, CHALLENGER_VERSION, "challenger", BUSY),
        "minutes": Monitor(exporter, MINUTES_MODEL, VERSION, options=BUSY),
    }


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
    monitors = monitors_of(arguments.exporter_url)
    models = pickle.loads(arguments.model_file.read_bytes())  # noqa: S301 - what the demo's own train.py wrote
    app = create_app(models, lambda role, answer: tell(monitors[role], answer), arguments.seed)
    app.add_url_rule(
        "/statistics", view_func=lambda: jsonify([asdict(each.statistics()) for each in monitors.values()])
    )
    # werkzeug's development server is enough for one client on the same machine.
    server = make_server(host, int(port), app, threaded=True, request_handler=KeepAliveHandler)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        for monitor in monitors.values():
            monitor.close()


if __name__ == "__main__":
    main()
