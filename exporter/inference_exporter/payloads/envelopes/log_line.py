"""Log shippers (Fluent Bit, Vector, Filebeat, Docker): a line that is JSON, as text in `log` or `message`."""

from collections.abc import Iterable

from .._base import Attributes, Document
from ._base import Enclosed, Envelope, text_of

FIELDS = ("log", "message")


def recognises(document: Document, attributes: Attributes) -> bool:
    """Return whether the line is an object."""
    return any(_holds_object(document.get(name)) for name in FIELDS)


def open_line(document: Document, attributes: Attributes) -> Iterable[Enclosed]:
    """Return the line."""
    name = next(name for name in FIELDS if _holds_object(document.get(name)))
    return [Enclosed(text_of(document[name], name))]


def _holds_object(value: object) -> bool:
    # The first character decides: parsing every line of a log to find out would cost more than reading it.
    return isinstance(value, str) and value.lstrip()[:1] == "{"


ENVELOPE = Envelope("log_line", "Lines of log shippers", recognises, open_line, names=FIELDS)
