"""OpenTelemetry logs over HTTP: events about calls of language models, with the attributes that spans of them have."""

from collections.abc import Iterable, Iterator
from typing import Any

from .._base import Attributes, Document, UnreadablePayload
from .._otlp import attributes_of, is_of_model
from ..llm._parts import objects
from ._base import Enclosed, Envelope

TYPE = "otlp.span"
RECORDS_AT_MOST = 100_000


def recognises(document: Document, attributes: Attributes) -> bool:
    """Return whether a document has log records by resource."""
    return isinstance(document.get("resourceLogs"), list)


def open_logs(document: Document, attributes: Attributes) -> Iterable[Enclosed]:
    """Yield the events that are calls of a language model, as spans without a duration."""
    for at, record in enumerate(_records(document)):
        if at >= RECORDS_AT_MOST:
            raise UnreadablePayload(f"expected at most {RECORDS_AT_MOST} log records, got more")
        found = attributes_of(record.get("attributes"))
        if is_of_model(found):
            time = record.get("timeUnixNano") or record.get("observedTimeUnixNano")
            about = {name: record.get(name) for name in ("traceId", "spanId")}
            yield Enclosed({**about, "startTimeUnixNano": time, "attributes": found}, {"type": TYPE})


def _records(document: Document) -> Iterator[Any]:
    for resource in objects(document["resourceLogs"], "resourceLogs"):
        for scope in objects(resource.get("scopeLogs"), "resourceLogs: scopeLogs"):
            yield from objects(scope.get("logRecords"), "resourceLogs: scopeLogs: logRecords")


ENVELOPE = Envelope("otlp_logs", "OpenTelemetry logs over HTTP", recognises, open_logs, names=("resourceLogs",))
