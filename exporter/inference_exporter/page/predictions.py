"""One prediction by its id: as JSON, and on a page of its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from flask import Blueprint, Response, request

from ..errors import StoreFault
from ..evaluation.store import EvaluationStore
from ..exposition.own import OwnState
from ..model.view import ModelView
from ..samples.batch import ModelKey
from ..samples.fields import ID_LENGTH_AT_MOST, short_id
from .html import HEADERS, render
from .query import Query
from .status import status_of

JSON_HEADERS = {"Content-Type": "application/json", "Cache-Control": "no-store"}
NOT_STORED = "predictions are not stored: set storage.path, with storage.durability journal or sync"


class Predictions:
    """Looks predictions up in the evaluation store, if there is one."""

    def __init__(self, store: EvaluationStore | None) -> None:
        self._store = store

    def find(self, keys: Sequence[ModelKey], name: str) -> tuple[list[dict[str, Any]], int, str]:
        """Return what some models predicted for an id, a status, and what is wrong."""
        if self._store is None:
            return [], 404, NOT_STORED
        # Stored under the digest that the intake made of it.
        name = name if len(name) <= ID_LENGTH_AT_MOST else short_id(name)
        try:
            found = [self._store.about(key, name) for key in keys]
        except StoreFault:
            return [], 503, "the evaluation store cannot be read: see the log of the exporter"
        known = [each for each in found if each is not None]
        return (known, 200, "") if known else ([], 404, f"expected the id of a stored prediction, got {name!r}")


def keys_under(path: str, views: Sequence[ModelView]) -> list[ModelKey]:
    """Return the models of a path: of a whole key, or all versions and variants of a name."""
    keys = [view.key for view in views]
    # A name may contain slashes and look like a whole key; the whole key comes first.
    return [key for key in keys if "/".join(key) == path] or [key for key in keys if key.model == path]


def prediction_answer(path: str, name: str, views: Sequence[ModelView], predictions: Predictions) -> Response:
    """Return the predictions for an id as JSON."""
    keys = keys_under(path, views)
    if not keys:
        fault = f"expected a model that is listed under /api/v1/models, got {path!r}"
        return Response(orjson.dumps({"error": fault}), 404, JSON_HEADERS)
    found, status, fault = predictions.find(keys, name)
    return Response(orjson.dumps({"error": fault} if fault else {"predictions": found}), status, JSON_HEADERS)


@dataclass(frozen=True)
class PredictionBoard:
    """What the page shows."""

    model: str
    id: str
    found: Sequence[dict[str, Any]]
    fault: str


def prediction_page(
    views: Callable[[], Sequence[ModelView]],
    own: Callable[[], OwnState],
    clock: Callable[[], float],
    predictions: Predictions,
) -> Blueprint:
    """Return the route of the page at /prediction."""
    routes = Blueprint("prediction", __name__)

    @routes.get("/prediction")
    def page() -> Response:
        model, name = request.args.get("model", ""), request.args.get("id", "").strip()
        keys = [view.key for view in views() if model in ("", view.key.model)]
        found, status, fault = predictions.find(keys, name) if name else ([], 200, "")
        board = PredictionBoard(model, name, found, fault)
        context = {"query": Query(refresh="off"), "exporter": status_of(own()), "now": clock(), "board": board}
        context["home"] = "./"
        return Response(render("prediction.html.j2", context), status, HEADERS)

    return routes
