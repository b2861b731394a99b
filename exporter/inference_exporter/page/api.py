"""API: the data of the page as JSON, for programs. Unknown values are null."""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote

import orjson
from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter

from ..exposition.own import OwnState
from ..failures import Failures, Place
from ..model.view import ModelView, WindowView
from ..samples.batch import ModelKey
from ..samples.events import Event
from .boards import window_of
from .columns import index_of
from .cpu import CpuRates
from .estimates import estimates_summary
from .explained import window_explanation
from .openapi import document
from .outliers import outliers_summary
from .predictions import Predictions, prediction_answer
from .problems import schema_summary
from .query import Query
from .status import status_of
from .summary import model_detail, model_summary

# Never cached: an answer of a minute ago looks like one of now.
HEADERS = {"Content-Type": "application/json", "Cache-Control": "no-store"}


class _Rest(BaseConverter):
    """The rest of a path, including line breaks and (repeated) slashes: names may contain both."""

    regex = r"(?s:.+)"
    # werkzeug splits paths at slashes before it asks converters, unless told that this one spans them.
    part_isolating = False


def api(
    views: Callable[[], Sequence[ModelView]],
    events: Callable[[], Sequence[Event]],
    own: Callable[[], OwnState],
    clock: Callable[[], float],
    rates: CpuRates,
    failures: Failures,
    predictions: Predictions,
) -> Blueprint:
    """Return the routes under /api/v1."""
    routes = Blueprint("api", __name__, url_prefix="/api/v1")

    @routes.errorhandler(Exception)
    def failed(error: Exception) -> Response | HTTPException:
        if isinstance(error, HTTPException):
            return error
        failures.record(Place("page", "api"), error)  # a fault in one answer must not read as HTML to a program
        return _answer({"error": "internal error of the exporter, see its log"}, 500)

    @routes.get("/models")
    def models() -> Response:
        now = clock()
        listed = [_listed_or_broken(view, rates, now, failures) for view in views()]
        return _answer({"models": [*listed, *map(_broken, own().broken_models)]})

    routes.record(lambda state: state.app.url_map.converters.update(rest=_Rest))

    # A name with two slashes in a row must not be redirected to one with a single slash.
    @routes.get("/models/<rest:path>", merge_slashes=False)
    def model(path: str) -> Response:
        return _answer_about(path, views(), rates, clock())

    # Unambiguous: the path of a model ends in its variant.
    @routes.get("/models/<rest:path>/explain", merge_slashes=False)
    def explain(path: str) -> Response:
        return _answer_why(path, views())

    @routes.get("/models/<rest:path>/schema", merge_slashes=False)
    def schema(path: str) -> Response:
        found = _found(path, Query.of(request.args), views())
        return found if isinstance(found, Response) else _answer(schema_summary(*found))

    @routes.get("/models/<rest:path>/outliers", merge_slashes=False)
    def outliers(path: str) -> Response:
        found = _found(path, Query.of(request.args), views())
        return found if isinstance(found, Response) else _answer(outliers_summary(*found))

    @routes.get("/models/<rest:path>/estimates", merge_slashes=False)
    def estimates(path: str) -> Response:
        found = _found(path, Query.of(request.args), views())
        return found if isinstance(found, Response) else _answer(estimates_summary(*found))

    @routes.get("/models/<rest:path>/predictions/<rest:id>", merge_slashes=False)
    def prediction(path: str, id: str) -> Response:
        return prediction_answer(path, id, views(), predictions)

    @routes.get("/events")
    def last_events() -> Response:
        return _answer({"events": events()})

    @routes.get("/status")
    def status() -> Response:
        views()  # updates the number of models
        return _answer(status_of(own()))

    @routes.get("/openapi.json")
    def openapi() -> Response:
        return _answer(document())

    return routes


def path_of(view: ModelView) -> str:
    """Return a model's path below /api/v1/models/, not quoted."""
    return "/".join(view.key)


def _listed_or_broken(view: ModelView, rates: CpuRates, now: float, failures: Failures) -> object:
    """Return a model's summary, serialised here so that a failure costs only this model."""
    with failures.contained("page", "api", view.key):
        # Already JSON; orjson copies a fragment into the answer as it is.
        return orjson.Fragment(orjson.dumps(_listed(view, rates, now)))
    return _broken(view.key)


def _broken(key: ModelKey) -> dict[str, str]:
    path = f"/api/v1/models/{quote('/'.join(key), safe='')}"
    return {**key._asdict(), "path": path, "error": "internal error of the exporter, see its log"}


def _listed(view: ModelView, rates: CpuRates, now: float) -> dict[str, Any]:
    summary = model_summary(view, rates.cores(view.key, view.process, now))
    return {**vars(summary), "path": f"/api/v1/models/{quote(path_of(view), safe='')}"}


def _answer_about(path: str, views: Sequence[ModelView], rates: CpuRates, now: float) -> Response:
    query = Query.of(request.args)
    found = _found(path, query, views)
    if isinstance(found, Response):
        return found
    view, window = found
    # All windows by default: `_found` returned the default one, which is for endpoints of a single window.
    windows = view.windows if query.window is None else [window]
    return _answer(model_detail(view, windows, rates.cores(view.key, view.process, now)))


def _answer_why(path: str, views: Sequence[ModelView]) -> Response:
    query = Query.of(request.args)
    found = _found(path, query, views)
    if isinstance(found, Response):
        return found
    view, window = found
    if query.column is None or window.histograms is None:
        return _answer(window_explanation(view, window))
    index = index_of(window.histograms, *query.column)
    if index is None:
        group, name = query.column
        return _answer({"error": f"{group}: expected a column of the reference, got {name!r}"}, 404)
    return _answer(window_explanation(view, window, [index]))


def _found(path: str, query: Query, views: Sequence[ModelView]) -> tuple[ModelView, WindowView] | Response:
    """Return the requested model and window, or a 404 answer."""
    view = next((view for view in views if path_of(view) == path and query.matches(view.key)), None)
    if view is None:
        return _answer({"error": f"expected a model that is listed under /api/v1/models, got {path!r}"}, 404)
    window = window_of(view, query.window)
    if window is None:
        names = ", ".join(window.name for window in view.windows)
        return _answer({"error": f"window: expected one of {names}, got {query.window!r}"}, 404)
    return view, window


def _answer(content: object, status: int = 200) -> Response:
    # orjson writes dataclasses as objects, and NaN and infinity as null.
    return Response(orjson.dumps(content), status, HEADERS)
