"""Databricks inference tables: rows with the request and the response as text in JSON, in their three layouts."""

from collections.abc import Callable, Mapping
from typing import Any

from ..values.event_stream import looks_like_events
from ._base import Answered, Attributes, Document, Inference, PayloadFormat, UnreadablePayload
from ._llm import NOTHING_FOLLOWS, inference_of, prompt_of, reply_of
from ._parts import code_of, json_of, seconds_of, text_or_none
from .bodies import read_request, read_response

# One name in each of the three layouts.
LATENCIES = ("execution_time_ms", "execution_duration_ms", "latency_ms")
TIMES = ("timestamp_ms", "request_time", "event_time")
IDS = ("client_request_id", "databricks_request_id", "request_id", "invocation_id")


def recognises(document: Document, attributes: Attributes) -> bool:
    """Return whether a row has the id of a request and how long it took."""
    return ("databricks_request_id" in document or "invocation_id" in document) and any(
        name in document for name in LATENCIES
    )


def read(document: Document, attributes: Attributes) -> Inference:
    """Return the inference of a row. Texts beyond the table's limit are missing, and named in `logging_error_codes`."""
    code = code_of(_first(document, ("status_code",)))
    failed = code is not None and code >= 400
    requested = _half(lambda body: prompt_of(body) or read_request(body), document, "request", failed)
    answered = _half(lambda body: reply_of(body) or read_response(body), document, "response", failed)
    if requested is None and answered is None and not failed:
        codes = document.get("logging_error_codes") or "no reason"
        raise UnreadablePayload(f"expected a request or a response, got neither: {codes!s:.100}")
    about = _metadata(document.get("request_metadata"))
    return inference_of(
        requested or NOTHING_FOLLOWS,
        answered or Answered(),
        id=text_or_none(_first(document, IDS)),
        requested_at=_first(document, TIMES),
        latency_seconds=seconds_of(_first(document, LATENCIES)),
        code=code,
        model=text_or_none(about.get("model_name") or about.get("endpoint_name") or document.get("destination_name")),
        version=text_or_none(about.get("model_version")),
    )


def _half(read_body: Callable[[Any], Any], document: Document, name: str, failed: bool) -> Any:
    text = document.get(name)
    if text is None or text == "":
        return None
    # The body of an error is not of the model's form; that of a stream is the text of its events.
    is_stream = isinstance(text, str) and looks_like_events(text.lstrip()[:16].encode(errors="replace"))
    found = None if failed and name == "response" else read_body(text if is_stream else json_of(text, name))
    if found is None and not failed:
        raise UnreadablePayload(f"{name}: expected JSON with dataframe_split, instances, inputs or predictions")
    return found


def _metadata(value: Any) -> Mapping[str, Any]:
    """Return a map column: an object, pairs as Parquet has them, or text in JSON."""
    # A map column of Parquet arrives as a list of pairs.
    if isinstance(value, list) and all(isinstance(pair, list | tuple) and len(pair) == 2 for pair in value):
        return {str(name): item for name, item in value}
    found = json_of(value, "request_metadata") if isinstance(value, str) else value
    return found if isinstance(found, Mapping) else {}


def _first(document: Document, names: tuple[str, ...]) -> Any:
    return next((document[name] for name in names if document.get(name) is not None), None)


FORMAT = PayloadFormat(
    "databricks",
    "Databricks inference tables",
    recognises,
    read,
    is_tabular=True,
    names=("databricks_request_id", "invocation_id"),
)
