"""The Flask side: /metrics, health, reload; the pages are blueprints of their own."""

from collections.abc import Callable, Sequence

from flask import Blueprint, Flask, Response, request

from ..exposition.render import content_type_for
from ..exposition.scrape import Scrape

Reload = Callable[[], str | None]


def web_app(scrape: Scrape, reload: Reload, blueprints: Sequence[Blueprint]) -> Flask:
    """Return the application that answers everything but intake."""
    app = Flask(__name__, static_folder=None)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.register_blueprint(_scrapes(scrape))
    app.register_blueprint(_lifecycle(reload))
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
    return app


def _scrapes(scrape: Scrape) -> Blueprint:
    """Return the scrapes; as in node_exporter, ``collect[]`` and ``exclude[]`` choose among the collectors."""
    routes = Blueprint("scrapes", __name__)

    @routes.get("/metrics")
    def metrics() -> Response | tuple[str, int]:
        only, without = request.args.getlist("collect[]"), request.args.getlist("exclude[]")
        unknown = {*only, *without} - set(scrape.names)
        if unknown:
            return f"unknown collector {min(unknown)}, expected one of {', '.join(scrape.names)}\n", 400
        chosen = [name for name in scrape.names if (not only or name in only) and name not in without]
        content_type = content_type_for(request.headers.get("Accept", ""))
        return Response(scrape.metrics(content_type, chosen), content_type=content_type)

    @routes.get("/metrics/reference")
    def reference() -> Response:
        content_type = content_type_for(request.headers.get("Accept", ""))
        return Response(scrape.reference(content_type), content_type=content_type)

    return routes


def _lifecycle(reload: Reload) -> Blueprint:
    routes = Blueprint("lifecycle", __name__)

    @routes.get("/-/healthy")
    def healthy() -> tuple[str, int]:
        return "inference-exporter is healthy.\n", 200

    @routes.get("/-/ready")
    def ready() -> tuple[str, int]:
        return "inference-exporter is ready.\n", 200

    @routes.post("/-/reload")
    def reloaded() -> tuple[str, int]:
        fault = reload()
        return ("configuration reloaded\n", 200) if fault is None else (f"configuration kept as it was: {fault}\n", 500)

    return routes
