"""Routes of the page at / and of the JSON behind it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Blueprint, Flask, Response, request

from ..evaluation.store import EvaluationStore
from ..exposition.own import OwnState
from ..failures import Failures
from ..model.view import ModelView
from ..samples.batch import ModelKey
from ..samples.events import Event
from .api import api
from .boards import Board, Broken, ColumnBoard, ModelBoard, Overview, board_of
from .cpu import CpuRates
from .event_form import LARGEST_FORM, EventDesk, event_form
from .html import HEADERS, render
from .predictions import Predictions, prediction_page
from .query import Query
from .status import status_of


def pages(
    views: Callable[[], Sequence[ModelView]],
    events: Callable[[], Sequence[Event]],
    own: Callable[[], OwnState],
    clock: Callable[[], float],
    failures: Failures | None = None,
    desk: EventDesk | None = None,
    store: EvaluationStore | None = None,
) -> Flask:
    """Return the application of the page at / and the JSON behind it."""
    routes = Blueprint("pages", __name__)
    rates = CpuRates()
    held = failures or Failures()

    @routes.get("/")
    def page() -> Response:
        query, now, models = Query.of(request.args), clock(), views()
        cores = [rates.cores(view.key, view.process, now) for view in models]
        state = own()
        board = board_of(query, models, events(), cores, now, held, state.broken_models)
        context = {"query": query, "exporter": status_of(state), "now": now, "address": request.host_url}
        body, status = _shown(board, query, context, held)
        return Response(body, status, HEADERS)

    predictions = Predictions(store)
    routes.register_blueprint(api(views, events, own, clock, rates, held, predictions))
    routes.register_blueprint(prediction_page(views, own, clock, predictions))
    if desk is not None:
        routes.register_blueprint(event_form(views, own, clock, desk))
    # Style and script are in the page itself, so there is nothing static, and one answer shows everything.
    site = Flask(__name__, static_folder=None)
    # The front enforces it too; here it holds for the worker alone, as in tests.
    site.config["MAX_CONTENT_LENGTH"] = LARGEST_FORM
    site.register_blueprint(routes)
    return site


def _shown(board: Board, query: Query, context: Mapping[str, Any], failures: Failures) -> tuple[bytes, int]:
    """Return a board as HTML; a part that fails to render is replaced by a message."""

    def written(one: Board) -> bytes | None:
        with failures.contained("page", one.template):
            return render(one.template, {**context, "board": one})
        return None

    body = written(board)
    # Rendering has failed: find the model at fault, and show the others.
    if body is None and isinstance(board, Overview):
        board = board.with_broken(query, lambda one: written(one) is not None)
        body = written(board)
    elif body is None and isinstance(board, ModelBoard | ColumnBoard):
        board = Broken(ModelKey(board.model.model, board.model.version, board.model.variant))
        body = written(board)
    return (body, board.status) if body is not None else (b"This page cannot be shown: see the exporter's log.", 500)
