"""OpenAPI: the description of the exporter's HTTP API."""

from functools import cache
from typing import Any

from .. import __version__
from ..samples.events import Event
from .estimates import EstimatesSummary
from .explained import WindowExplanation
from .openapi_schemas import (
    EVENT,
    FAULT,
    KEY,
    LISTED_MODEL,
    OUTCOME,
    PREDICTION_ID,
    RECEIPT,
    SAMPLE,
    STORED,
    TEXT,
)
from .outliers import OutliersSummary
from .problems import SchemaSummary
from .schema import Schema, reference_to, schemas_of
from .status import StatusSummary
from .summary import ModelDetail, ModelSummary

Operation = dict[str, Any]


def _asked(name: str, description: str, schema: Schema = TEXT) -> Schema:
    return {"name": name, "in": "query", "description": description, "schema": schema}


PATH = [{"name": name, "in": "path", "required": True, "schema": schema} for name, schema in KEY.items()]
EXACT = [
    _asked(name, "needed only if two models have the same path because of slashes in their names", KEY[name])
    for name in ("model", "version")
]

ANSWERS = (
    ModelDetail,
    ModelSummary,
    WindowExplanation,
    OutliersSummary,
    SchemaSummary,
    EstimatesSummary,
    StatusSummary,
    Event,
)


# It depends on code alone.
@cache
def document() -> dict[str, Any]:
    """Return the OpenAPI 3.1 document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "inference-exporter",
            "version": __version__,
            "description": "Receives samples, outcomes and events of models; reports drift, quality and performance.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": {**_intake(), **_api(), **_scrapes(), **_lifecycle()},
        "components": {
            "schemas": {
                **schemas_of(*ANSWERS),
                "Sample": SAMPLE,
                "Outcome": OUTCOME,
                "NewEvent": EVENT,
                "Receipt": RECEIPT,
                "Fault": FAULT,
                "ListedModel": LISTED_MODEL,
            }
        },
    }


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _json(description: str, schema: Schema) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _text(description: str, *content_types: str) -> dict[str, Any]:
    return {
        "description": description,
        "content": {name: {"schema": TEXT} for name in content_types or ("text/plain",)},
    }


def _list_of(field: str, item: Schema) -> Schema:
    items = {"type": "array", "items": item}
    return {"type": "object", "properties": {field: items}, "required": [field]}


def _intake() -> dict[str, Any]:
    return {
        "/": {"post": _payloads()},
        "/v1/traces": {"post": _payloads()},
        "/v1/logs": {"post": _payloads()},
        "/v1/samples": {"post": _taking("Sample", "Send samples", "Samples of any number of models.")},
        "/v1/outcomes": {"post": _taking("Outcome", "Send outcomes", "Ground truth by the id of its prediction.")},
        "/v1/events": {"post": _taking("NewEvent", "Send events", "Only the last ones are kept, in memory.")},
    }


def _payloads() -> Operation:
    operation = _taking("Sample", "Send what a logger emits", "Records of any known format, recognised by content.")
    # Any JSON: what it means is found out by its content, see docs/formats.md.
    content = {"application/json": {"schema": {}}, "application/cloudevents+json": {"schema": {"type": "object"}}}
    return operation | {"requestBody": {"required": True, "content": content}}


def _taking(record: str, summary: str, description: str) -> Operation:
    one, many = _ref(record), {"type": "array", "items": _ref(record)}
    columns = {"type": "object", "properties": {"columns": {"type": "object"}}, "required": ["columns"]}
    events = record == "NewEvent"
    # Events have no form with columns: they are few, and written by people or deploys.
    shapes = [one, many] if events else [one, many, columns]
    return {
        "summary": summary,
        "description": f"{description} Invalid records are rejected one by one; the rest count. Accepts gzip and zstd.",
        "parameters": [
            {
                "name": "Idempotency-Key",
                "in": "header",
                "description": "a body sent again with the same key counts once",
                "schema": TEXT,
            }
        ],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": {"anyOf": shapes}},
                "application/x-ndjson": {"schema": {"type": "string", "description": f"a {record} on each line"}},
            },
        },
        "responses": {
            "200": _json("Some or all records were accepted", _ref("Receipt")),
            **({"401": _text("web.events_token_file is set, and the header Authorization is wrong")} if events else {}),
            "400": _json("No record was accepted", _ref("Receipt")),
            "413": _json("The body is too large", _ref("Receipt")),
            "415": _json("Unsupported content type or encoding", _ref("Receipt")),
        },
    }


def _api() -> dict[str, Any]:
    return {
        "/api/v1/models": {
            "get": {
                "summary": "List models, versions and variants with their state",
                "responses": {"200": _json("All models", _list_of("models", _ref("ListedModel")))},
            }
        },
        "/api/v1/models/{model}/{version}/{variant}": {"get": _one_model()},
        "/api/v1/models/{model}/{version}/{variant}/explain": {"get": _explanation()},
        "/api/v1/models/{model}/{version}/{variant}/outliers": {"get": _outliers()},
        "/api/v1/models/{model}/{version}/{variant}/estimates": {"get": _estimates()},
        "/api/v1/models/{model}/{version}/{variant}/predictions/{id}": {"get": _prediction([*PATH, PREDICTION_ID])},
        "/api/v1/models/{model}/{version}/{variant}/schema": {"get": _schema()},
        "/api/v1/events": {
            "get": {
                "summary": "List the last events, newest first",
                "responses": {"200": _json("Events", _list_of("events", _ref("Event")))},
            }
        },
        "/api/v1/status": {
            "get": {
                "summary": "State of the exporter: records received, accepted, rejected and dropped",
                "responses": {"200": _json("State of the exporter", _ref("StatusSummary"))},
            }
        },
        "/api/v1/openapi.json": {
            "get": {
                "summary": "This description",
                "responses": {"200": _json("OpenAPI 3.1", {"type": "object"})},
            }
        },
    }


def _one_model() -> Operation:
    return {
        "summary": "Describe one model",
        "description": "Slashes in a name may be literal or %2F; /api/v1/models lists every path.",
        "parameters": [*PATH, _asked("window", "only this window; default: all windows"), *EXACT],
        "responses": {
            "200": _json("The model", reference_to(ModelDetail)),
            "404": _json("Unknown model or window", _ref("Fault")),
        },
    }


def _explanation() -> Operation:
    return {
        "summary": "Explain drift: which buckets moved, their shares before and after, and since when",
        "description": "Every drifted column of one window, and the features that matter most.",
        "parameters": [
            *PATH,
            _asked("window", "this window; default: the longest with enough samples"),
            _asked("feature", "only this feature, drifted or not"),
            _asked("prediction", "only the prediction, by its name in the reference, drifted or not"),
            _asked("score", "only the score of this class, drifted or not"),
            _asked("intermediate", "only the output of this component, drifted or not"),
            _asked("action", "only the action, by its name in the reference, drifted or not"),
            *EXACT,
        ],
        "responses": {
            "200": _json("What changed", reference_to(WindowExplanation)),
            "404": _json("Unknown model, window or column", _ref("Fault")),
        },
    }


def _outliers() -> Operation:
    return {
        "summary": "List outliers and signs of an attack",
        "description": "The most extreme samples of one window with the reason; floods, probing, the largest sources.",
        "parameters": [*PATH, _asked("window", "this window; default: the longest with enough samples"), *EXACT],
        "responses": {
            "200": _json("Outliers", reference_to(OutliersSummary)),
            "404": _json("Unknown model or window", _ref("Fault")),
        },
    }


def _estimates() -> Operation:
    return {
        "summary": "Estimated performance, and concept drift",
        "description": "Performance of one window without outcomes, what came true, whether the estimate still holds.",
        "parameters": [*PATH, _asked("window", "this window; default: the longest with enough samples"), *EXACT],
        "responses": {
            "200": _json("Estimates", reference_to(EstimatesSummary)),
            "404": _json("Unknown model or window", _ref("Fault")),
        },
    }


def _prediction(parameters: list[Schema]) -> Operation:
    return {
        "summary": "Show one prediction with its outcome",
        "description": "With the name alone, /api/v1/models/{model}/predictions/{id}: of each version and variant.",
        "parameters": parameters,
        "responses": {
            "200": _json("The predictions", _list_of("predictions", STORED)),
            "404": _json("Unknown model or id, or predictions are not stored", _ref("Fault")),
            "503": _json("The evaluation store cannot be read", _ref("Fault")),
        },
    }


def _prediction_page() -> Operation:
    return {
        "summary": "A page that shows one prediction",
        "parameters": [_asked("id", "as in the sample"), _asked("model", "only this model")],
        "responses": {
            "200": _text("The page", "text/html"),
            "404": _text("Unknown id", "text/html"),
            "503": _text("The evaluation store cannot be read", "text/html"),
        },
    }


def _schema() -> Operation:
    return {
        "summary": "List problems of a model's input",
        "description": "Problems of each feature in one window with their reason, renamed features, event times and "
        "duplicate samples.",
        "parameters": [*PATH, _asked("window", "this window; default: the longest with enough samples"), *EXACT],
        "responses": {
            "200": _json("Problems", reference_to(SchemaSummary)),
            "404": _json("Unknown model or window", _ref("Fault")),
        },
    }


def _scrapes() -> dict[str, Any]:
    types = ("text/plain", "application/openmetrics-text")
    return {
        "/metrics": {
            "get": {
                "summary": "Metrics, in the format of the Accept header",
                "responses": {"200": _text("Prometheus text or OpenMetrics", *types)},
            }
        },
        "/metrics/reference": {
            "get": {
                "summary": "Metrics of the reference's buckets, which rarely change",
                "responses": {"200": _text("Prometheus text or OpenMetrics", *types)},
            }
        },
    }


def _event_form() -> dict[str, Any]:
    fields = dict.fromkeys(("kind", "title", "text", "model", "version", "time", "token"), TEXT)
    form = {"type": "object", "properties": fields, "required": ["kind", "title"]}
    return {
        "get": {
            "summary": "The form on which a person adds an event",
            "parameters": [_asked("model", "the model that is chosen at first")],
            "responses": {"200": _text("A page", "text/html")},
        },
        "post": {
            "summary": "Add an event from the form",
            "requestBody": {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": form}}},
            "responses": {
                "303": {"description": "Added; leads to the page of the model"},
                "400": _text("The form, with what is wrong", "text/html"),
                "401": _text("The form: the token is wrong", "text/html"),
            },
        },
    }


def _lifecycle() -> dict[str, Any]:
    return {
        "/": {"get": {"summary": "The web page", "responses": {"200": _text("A page", "text/html")}}},
        "/events": _event_form(),
        "/prediction": {"get": _prediction_page()},
        "/-/healthy": {"get": {"summary": "Liveness", "responses": {"200": _text("The exporter runs")}}},
        "/-/ready": {"get": {"summary": "Readiness", "responses": {"200": _text("The exporter accepts samples")}}},
        "/-/reload": {
            "post": {
                "summary": "Reload the configuration file",
                "responses": {
                    "200": _text("The new configuration is in use"),
                    "500": _text("The reason why it was refused; the old configuration stays in use"),
                },
            }
        },
    }
