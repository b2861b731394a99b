"""OpenTelemetry traces over HTTP: spans in groups by resource and scope. Only calls of language models are opened."""

from collections.abc import Iterable, Iterator
from typing import Any

from .._base import Attributes, Document, UnreadablePayload
from .._otlp import attributes_of_span, is_of_model
from ..llm._parts import objects
from ._base import Enclosed, Envelope

TYPE = "otlp.span"
# A collector sends some thousand at once.
SPANS_AT_MOST = 100_000


def recognises(document: Document, attributes: Attributes) -> bool:
    """Return whether a document has spans by resource."""
    return isinstance(document.get("resourceSpans"), list)


def open_traces(document: Document, attributes: Attributes) -> Iterable[Enclosed]:
    """Yield the spans that are calls of a language model, with their attributes by name."""
    for at, span in enumerate(_spans(document)):
        if at >= SPANS_AT_MOST:
            raise UnreadablePayload(f"expected at most {SPANS_AT_MOST} spans, got more")
        found = attributes_of_span(span)
        # Traces are mostly spans of databases and HTTP; they are left out without a rejection.
        if is_of_model(found):
            yield Enclosed({**span, "attributes": found}, {"type": TYPE})


def _spans(document: Document) -> Iterator[Any]:
    for resource in objects(document["resourceSpans"], "resourceSpans"):
        for scope in objects(resource.get("scopeSpans"), "resourceSpans: scopeSpans"):
            yield from objects(scope.get("spans"), "resourceSpans: scopeSpans: spans")


ENVELOPE = Envelope("otlp_traces", "OpenTelemetry traces over HTTP", recognises, open_traces, names=("resourceSpans",))
