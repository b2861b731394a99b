"""OpenAPI: the description of everything that the exporter answers over HTTP."""

from functools import cache
from typing import Any

from .. import __version__
from ..samples.events import Event
from ..samples.labels import VARIANTS
from .explained import WindowExplanation
from .outliers import OutliersSummary
from .problems import SchemaSummary
from .schema import Schema, reference_to, schemas_of
from .status import StatusSummary
from .summary import ModelDetail, ModelSummary

Operation = dict[str, Any]

TEXT: Schema = {"type": "string"}
TIME: Schema = {
    "type": ["string", "number"],
    "description": "RFC 3339 (UTC without a zone) or Unix seconds; the time of arrival where it is left out",
}
SCALAR: Schema = {"type": ["string", "number", "boolean", "null"]}
NUMBERS: Schema = {"type": "object", "additionalProperties": {"type": ["number", "null"]}}

KEY: dict[str, Schema] = {
    "model": TEXT,
    "version": TEXT,
    "variant": {"type": "string", "enum": list(VARIANTS)},
}
SAMPLE: Schema = {
    "type": "object",
    "description": "One prediction as it came in. Only features or a prediction are required.",
    "properties": {
        "id": {"type": ["string", "integer"], "description": "by which its outcome is joined later"},
        "time": TIME,
        **KEY,
        "features": {"type": "object", "additionalProperties": SCALAR},
        "prediction": SCALAR,
        "scores": {
            "description": "score by class, or the score of the positive class",
            "anyOf": [NUMBERS, {"type": ["number", "null"]}],
        },
        "latency_seconds": {"type": ["number", "null"], "minimum": 0},
        "code": {
            "type": ["integer", "null"],
            "minimum": 100,
            "maximum": 599,
            "description": "HTTP status that the model server answered with; 400 and more is an error",
        },
        "stages": {**NUMBERS, "description": "seconds by stage"},
        "trace_id": TEXT,
    },
    "anyOf": [{"required": ["features"]}, {"required": ["prediction"]}],
}
OUTCOME: Schema = {
    "type": "object",
    "description": "Ground truth of an earlier, or a later, prediction.",
    "properties": {"id": {"type": ["string", "integer"]}, "outcome": SCALAR, "time": TIME, **KEY},
    "required": ["id", "outcome"],
}
EVENT: Schema = {
    "type": "object",
    "description": "What a person wants on the time axis: a deployment, an incident.",
    "properties": {
        "time": TIME,
        "kind": TEXT,
        "title": TEXT,
        "text": TEXT,
        "model": TEXT,
        "version": TEXT,
        "tags": {"type": "object", "additionalProperties": TEXT},
    },
    "required": ["kind", "title"],
}
RECEIPT: Schema = {
    "type": "object",
    "description": "What became of the records of a body; the first 100 errors are named.",
    "properties": {
        "accepted": {"type": "integer"},
        "rejected": {"type": "integer"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"index": {"type": "integer"}, "reason": TEXT},
                "required": ["index", "reason"],
            },
        },
    },
    "required": ["accepted", "rejected", "errors"],
}
FAULT: Schema = {"type": "object", "properties": {"error": TEXT}, "required": ["error"]}
LISTED_MODEL: Schema = {
    "description": "A model, and its path in this API; only its key, path and an error where a fault hides the rest.",
    "anyOf": [
        {"allOf": [reference_to(ModelSummary), {"type": "object", "properties": {"path": TEXT}, "required": ["path"]}]},
        {"type": "object", "properties": {**KEY, "path": TEXT, "error": TEXT}, "required": [*KEY, "path", "error"]},
    ],
}


def _asked(name: str, description: str, schema: Schema = TEXT) -> Schema:
    return {"name": name, "in": "query", "description": description, "schema": schema}


PATH = [{"name": name, "in": "path", "required": True, "schema": schema} for name, schema in KEY.items()]
EXACT = [
    _asked(name, "only needed where two models have the same path because of slashes in their names", KEY[name])
    for name in ("model", "version")
]

ANSWERS = (ModelDetail, ModelSummary, WindowExplanation, OutliersSummary, SchemaSummary, StatusSummary, Event)


@cache
def document() -> dict[str, Any]:
    """Return the description, OpenAPI 3.1."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "inference-exporter",
            "version": __version__,
            "description": "Takes in samples, outcomes and events of machine learning models, and tells how they fare.",
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
        "/v1/samples": {"post": _taking("Sample", "Take in samples", "Samples of any number of models.")},
        "/v1/outcomes": {"post": _taking("Outcome", "Take in outcomes", "Ground truth by the id of its prediction.")},
        "/v1/events": {"post": _taking("NewEvent", "Take in events", "Kept in memory, the last ones only.")},
    }


def _taking(record: str, summary: str, description: str) -> Operation:
    one, many = _ref(record), {"type": "array", "items": _ref(record)}
    columns = {"type": "object", "properties": {"columns": {"type": "object"}}, "required": ["columns"]}
    shapes = [one, many] if record == "NewEvent" else [one, many, columns]
    return {
        "summary": summary,
        "description": f"{description} Good records are kept when others are bad. Gzip and zstd are understood.",
        "parameters": [
            {
                "name": "Idempotency-Key",
                "in": "header",
                "description": "a body sent again under the same key is taken in once",
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
            "200": _json("Some or all records were taken in", _ref("Receipt")),
            "400": _json("No record could be taken in", _ref("Receipt")),
            "413": _json("The body is too large", _ref("Receipt")),
            "415": _json("The content type or encoding is not understood", _ref("Receipt")),
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
        "/api/v1/models/{model}/{version}/{variant}/schema": {"get": _schema()},
        "/api/v1/events": {
            "get": {
                "summary": "List the last events, newest first",
                "responses": {"200": _json("Events", _list_of("events", _ref("Event")))},
            }
        },
        "/api/v1/status": {
            "get": {
                "summary": "Tell what the exporter did with all that it was sent",
                "responses": {"200": _json("The exporter about itself", _ref("StatusSummary"))},
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
        "summary": "Tell everything about one model",
        "description": "Slashes in a name may stand as they are or as %2F; /api/v1/models lists every path.",
        "parameters": [*PATH, _asked("window", "only this window; all without it"), *EXACT],
        "responses": {
            "200": _json("The model", reference_to(ModelDetail)),
            "404": _json("There is no such model or window", _ref("Fault")),
        },
    }


def _explanation() -> Operation:
    return {
        "summary": "Tell what changed: which buckets moved, from what share to what share, since when",
        "description": "Every drifted column of one window, and the features that matter most.",
        "parameters": [
            *PATH,
            _asked("window", "this window; without it the longest with enough samples"),
            _asked("feature", "only this feature, drifted or not"),
            _asked("prediction", "only the prediction, by its name in the reference, drifted or not"),
            _asked("score", "only the score of this class, drifted or not"),
            *EXACT,
        ],
        "responses": {
            "200": _json("What changed", reference_to(WindowExplanation)),
            "404": _json("There is no such model, window or column", _ref("Fault")),
        },
    }


def _outliers() -> Operation:
    return {
        "summary": "Tell which samples are unlike the reference, and signs of an attack",
        "description": "The most extreme samples of one window, and why; floods, probing, the largest sources.",
        "parameters": [*PATH, _asked("window", "this window; without it the longest with enough samples"), *EXACT],
        "responses": {
            "200": _json("Outliers", reference_to(OutliersSummary)),
            "404": _json("There is no such model or window", _ref("Fault")),
        },
    }


def _schema() -> Operation:
    return {
        "summary": "Tell what is wrong with a model's input",
        "description": "Each problem of each feature in one window with its reason, what features were renamed to, "
        "event times beside arrivals, and samples that came before.",
        "parameters": [*PATH, _asked("window", "this window; without it the longest with enough samples"), *EXACT],
        "responses": {
            "200": _json("Problems", reference_to(SchemaSummary)),
            "404": _json("There is no such model or window", _ref("Fault")),
        },
    }


def _scrapes() -> dict[str, Any]:
    types = ("text/plain", "application/openmetrics-text")
    return {
        "/metrics": {
            "get": {
                "summary": "Metrics, in the format that Accept asks for",
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


def _lifecycle() -> dict[str, Any]:
    return {
        "/": {"get": {"summary": "The page for people", "responses": {"200": _text("A page", "text/html")}}},
        "/-/healthy": {"get": {"summary": "Whether it runs", "responses": {"200": _text("It does")}}},
        "/-/ready": {"get": {"summary": "Whether it takes in samples", "responses": {"200": _text("It does")}}},
        "/-/reload": {
            "post": {
                "summary": "Read the configuration file again",
                "responses": {
                    "200": _text("The configuration is in use"),
                    "500": _text("It is not, and why; all stays as it was"),
                },
            }
        },
    }
