"""Placeholder until the page lands."""

from collections.abc import Callable, Sequence

from flask import Blueprint

from ..accounting import Totals
from ..events import Event
from ..view import ModelView


def pages(
    views: Callable[[], Sequence[ModelView]],
    events: Callable[[], Sequence[Event]],
    totals: Callable[[], Totals],
    clock: Callable[[], float],
) -> Blueprint:
    """Return the page at / and the JSON behind it."""
    return Blueprint("pages", __name__)
