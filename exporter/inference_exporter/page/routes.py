"""Routes of the page at / and of the JSON behind it."""

from collections.abc import Callable, Sequence

from flask import Blueprint, Response, request

from ..exposition.own import OwnState
from ..model.view import ModelView
from ..samples.events import Event
from .api import api
from .boards import board_of
from .cpu import CpuRates
from .html import HEADERS, render
from .query import Query
from .status import status_of


def pages(
    views: Callable[[], Sequence[ModelView]],
    events: Callable[[], Sequence[Event]],
    own: Callable[[], OwnState],
    clock: Callable[[], float],
) -> Blueprint:
    """Return the page at / and the JSON behind it."""
    routes = Blueprint("pages", __name__)
    rates = CpuRates()

    @routes.get("/")
    def page() -> Response:
        query, now, models = Query.of(request.args), clock(), views()
        cores = [rates.cores(view.key, view.process, now) for view in models]
        board = board_of(query, models, events(), cores, now)
        body = render(
            board.template,
            {"board": board, "query": query, "exporter": status_of(own()), "now": now, "address": request.host_url},
        )
        return Response(body, board.status, HEADERS)

    routes.register_blueprint(api(views, events, own, clock, rates))
    return routes
