"""The Flask side: /metrics and reload; the pages are blueprints of their own."""

import gzip
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from flask import Blueprint, Flask, Response, request

from ..exposition.render import content_type_for
from ..exposition.scrape import Scrape

GZIP_LEVEL = 1  # already a tenth of the size; the highest takes ten times as long
Reload = Callable[[], str | None]


def web_app(
    scrape: Scrape, reload: Reload, blueprints: Sequence[Blueprint], way: AbstractContextManager[None]
) -> Flask:
    """Return the application for everything except intake and health; scrapes hold `way`."""
    app = Flask(__name__, static_folder=None)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.register_blueprint(_scrapes(scrape, way))
    app.register_blueprint(_lifecycle(reload))
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
    return app


def _scrapes(scrape: Scrape, way: AbstractContextManager[None]) -> Blueprint:
    """Return the scrape routes; as in node_exporter, ``collect[]`` and ``exclude[]`` select collectors."""
    routes = Blueprint("scrapes", __name__)

    @routes.get("/metrics")
    def metrics() -> Response | tuple[str, int]:
        only, without = request.args.getlist("collect[]"), request.args.getlist("exclude[]")
        unknown = {*only, *without} - set(scrape.names)
        if unknown:
            return f"unknown collector {min(unknown)}, expected one of {', '.join(scrape.names)}\n", 400
        chosen = [name for name in scrape.names if (not only or name in only) and name not in without]
        return _exposition(lambda content_type: scrape.metrics(content_type, chosen))

    @routes.get("/metrics/reference")
    def reference() -> Response:
        return _exposition(scrape.reference)

    def _exposition(render: Callable[[str], bytes]) -> Response:
        content_type = content_type_for(request.headers.get("Accept", ""))
        with way:
            body = render(content_type)
        response = Response(body, content_type=content_type)
        response.vary.update(("Accept", "Accept-Encoding"))
        if request.accept_encodings.quality("gzip") > 0:
            response.data = gzip.compress(body, GZIP_LEVEL)
            response.content_encoding = "gzip"
        return response

    return routes


def _lifecycle(reload: Reload) -> Blueprint:
    routes = Blueprint("lifecycle", __name__)

    @routes.post("/-/reload")
    def reloaded() -> tuple[str, int]:
        fault = reload()
        return (
            ("configuration reloaded\n", 200) if fault is None else (f"failed to reload configuration: {fault}\n", 500)
        )

    return routes
