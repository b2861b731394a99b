"""BentoML's monitoring logs: a schema file says which columns are features, predictions and targets."""

from typing import Any

from ._answers import answers_of_columns
from ._base import (
    Answered,
    Attributes,
    Document,
    Inference,
    LoggedRow,
    LoggedSchema,
    Meaning,
    PayloadFormat,
    Requested,
    UnreadablePayload,
)
from ._parts import list_of, object_of, text_or_none

ROLES = ("feature", "prediction", "target")
NO_VERSION = "not available"
BESIDE = ("timestamp", "request_id", "trace_id")


def recognises(document: Document, attributes: Attributes) -> bool:
    """Return whether a line is the schema, or data with the three fields that BentoML adds."""
    # All three, since each alone is a common name.
    return _is_schema(document) or all(name in document for name in BESIDE)


def read(document: Document, attributes: Attributes) -> Meaning:
    """Return the schema, or a row whose columns the schema explains."""
    if _is_schema(document):
        return _schema(document)
    about = document.get("bento_meta")
    if isinstance(about, dict):
        return _with_schema(document, about)
    return LoggedRow(
        values={name: value for name, value in document.items() if name not in BESIDE},
        id=text_or_none(document["request_id"]),
        time=document["timestamp"],
        trace_id=text_or_none(document["trace_id"]),
        without_schema="expected the schema first: send monitoring/NAME/schema/ before the data",
    )


def _with_schema(document: Document, about: Document) -> Inference:
    """Return the row of an exporter that sends the schema with each, as over OTLP."""
    schema = _schema({**object_of(about.get("schema"), "bento_meta.schema"), "meta_data": about})
    rows = [{name: document.get(name) for name, role in schema.roles.items() if role == "feature"}]
    answers = {name: [document.get(name)] for name, role in schema.roles.items() if role == "prediction"}
    return Inference(
        requested=Requested(rows),
        answered=answers_of_columns(answers) if answers else Answered(),
        id=text_or_none(document["request_id"]),
        requested_at=document["timestamp"],
        trace_id=text_or_none(document["trace_id"]),
        model=schema.model,
        version=schema.version,
    )


def _is_schema(document: Document) -> bool:
    return "meta_data" in document and isinstance(document.get("columns"), list)


def _version_of(about: Document) -> str | None:
    """Return the version of a bento that was built; one that is served from source has none."""
    version = text_or_none(about.get("bento_version"))
    return None if version == NO_VERSION else version


def _schema(document: Document) -> LoggedSchema:
    roles: dict[str, str] = {}
    for column in list_of(document.get("columns"), "columns"):
        name, role = _column(column)
        roles[name] = role
    about = object_of(document["meta_data"], "meta_data")
    return LoggedSchema(roles, text_or_none(about.get("bento_name")), _version_of(about))


def _column(column: Any) -> tuple[str, str]:
    name, role = (column.get("name"), column.get("role")) if isinstance(column, dict) else (None, None)
    # The type of a column is left aside: values show it.
    if not isinstance(name, str) or role not in ROLES:
        raise UnreadablePayload(f"columns: expected name and role ({', '.join(ROLES)}), got {role!r:.40}")
    return name, role


FORMAT = PayloadFormat("bentoml", "BentoML monitoring logs", recognises, read, names=("meta_data", "request_id"))
