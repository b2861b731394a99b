"""Batches of log shippers over HTTP: Loki's push API, Splunk's event collector, Kafka's REST proxy."""

from collections.abc import Iterable
from typing import Any

from .._base import Attributes, Document
from ._base import Enclosed, Envelope, Part, objects_of, text_of


def recognises(document: Document, attributes: Attributes) -> bool:
    """Return whether a document has streams of lines, an event beside its time or host, or records with values."""
    if "streams" in document:
        return isinstance(document["streams"], list)
    if "records" in document:
        return document.keys() <= {"records", "key_schema", "value_schema"} and _have_values(document["records"])
    return isinstance(document.get("event"), dict | str) and document.keys() <= SPLUNK


SPLUNK = {"event", "time", "host", "source", "sourcetype", "index", "fields"}


def open_batch(document: Document, attributes: Attributes) -> Iterable[Part]:
    """Return the lines, the event, or the values."""
    if "streams" in document:
        return _lines(document["streams"])
    if "records" in document:
        return [Enclosed(record["value"]) for record in objects_of(document["records"], "records")]
    event = document["event"]
    return [Enclosed(text_of(event, "event") if isinstance(event, str) else event)]


def _have_values(records: Any) -> bool:
    return (
        isinstance(records, list)
        and bool(records)
        and all(isinstance(each, dict) and "value" in each for each in records)
    )


def _lines(streams: Any) -> Iterable[Part]:
    for stream in objects_of(streams, "streams"):
        values = stream.get("values")
        # Each value is a time, a line, and metadata in newer versions.
        for value in values if isinstance(values, list) else ():
            if isinstance(value, list) and len(value) > 1:
                yield Enclosed(text_of(value[1], "streams: values"))


ENVELOPE = Envelope(
    "log_batches",
    "Batches of Loki, Splunk and Kafka's REST proxy",
    recognises,
    open_batch,
    names=("streams", "event", "records"),
)
