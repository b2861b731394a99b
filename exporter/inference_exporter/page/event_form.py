"""The form on which a person adds an event: a mark with words on every dashboard.

It is a page of its own, so that no refresh takes away what is being written,
and works without a script. Requests of other sites' pages are refused before
they come here (``serving.doors``).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from ..exposition.own import OwnState
from ..model.view import ModelView
from ..samples.events import TEXT_LENGTH_AT_MOST
from ..samples.labels import LABEL_LENGTH_AT_MOST
from .html import HEADERS, render
from .query import Query
from .status import status_of

# The longest text, percent-encoded, with room for the other fields.
LARGEST_FORM = 64 * 1024
KINDS = ("deployment", "incident", "retraining", "data change", "experiment", "note")
FIELDS = ("kind", "title", "text", "model", "version", "time")


@dataclass(frozen=True)
class EventDesk:
    """Where events of people are taken."""

    needs_token: Callable[[], bool]
    add: Callable[[Mapping[str, object], str], tuple[int, str]]
    """Takes a record and a token; returns the status and what is wrong."""


@dataclass(frozen=True)
class EventForm:
    """What the form shows: what was written so far, and why it was not taken."""

    written: Mapping[str, str]
    models: Sequence[str]
    needs_token: bool
    fault: str = ""
    kinds = KINDS
    longest_label = LABEL_LENGTH_AT_MOST
    longest_text = TEXT_LENGTH_AT_MOST


def event_form(
    views: Callable[[], Sequence[ModelView]], own: Callable[[], OwnState], clock: Callable[[], float], desk: EventDesk
) -> Blueprint:
    """Return the routes of the form at /events."""
    routes = Blueprint("event_form", __name__)

    def shown(written: Mapping[str, str], status: int = 200, fault: str = "") -> Response:
        # What was written stays selectable, even for a model that is gone since.
        models = sorted({view.key.model for view in views()} | {written.get("model", "")} - {""})
        board = EventForm({name: written.get(name, "") for name in FIELDS}, models, desk.needs_token(), fault)
        context = {"query": Query(refresh="off"), "exporter": status_of(own()), "now": clock(), "board": board}
        context["home"] = "./"  # links of the page have no path: from here they would lead to /events
        return Response(render("event.html.j2", context), status, HEADERS)

    @routes.get("/events")
    def form() -> Response:
        return shown(request.args)

    @routes.post("/events")
    def add() -> AnyResponse:
        written = request.form
        status, fault = desk.add(_record(written), written.get("token", ""))
        if status != 200:
            return shown(written, status, fault)
        about = {name: written[name] for name in ("model",) if written.get(name)}
        # 303 turns the POST into a GET, so that reloading the page does not add the event again.
        return redirect(f"./?{urlencode(about)}#events-title", 303)

    return routes


def _record(written: Mapping[str, str]) -> dict[str, object]:
    """Return the event of a form; a time without a zone is UTC, and none is now."""
    record: dict[str, object] = {name: written.get(name, "").strip() for name in FIELDS}
    if not record["time"]:
        del record["time"]
    return record
