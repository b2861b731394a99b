"""Schemas of what the HTTP API takes and answers, where no dataclass has them."""

from ..samples.labels import VARIANTS
from .schema import Schema, reference_to
from .summary import ModelSummary

TEXT: Schema = {"type": "string"}
TIME: Schema = {
    "type": ["string", "number"],
    "description": "RFC 3339 (UTC without a zone) or Unix seconds; defaults to the time of arrival",
}
SCALAR: Schema = {"type": ["string", "number", "boolean", "null"]}
# Null values are unknown scores or stages, as in a sample.
NUMBERS: Schema = {"type": "object", "additionalProperties": {"type": ["number", "null"]}}

KEY: dict[str, Schema] = {
    "model": TEXT,
    "version": TEXT,
    "variant": {"type": "string", "enum": list(VARIANTS)},
}
SAMPLE: Schema = {
    "type": "object",
    "description": "One prediction with its input. Only features or a prediction are required.",
    "properties": {
        "id": {"type": ["string", "integer"], "description": "joins the outcome later"},
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
            "description": "HTTP status of the model server; 400 and above is an error",
        },
        "stages": {**NUMBERS, "description": "seconds by stage"},
        "llm": {"type": ["object", "null"], "description": "tokens, times and finish reason of a language model"},
        "trace_id": TEXT,
        "intermediate": {"type": "object", "additionalProperties": SCALAR, "description": "output by component"},
        "action": {**SCALAR, "description": "what was done because of the prediction"},
    },
    # A failed request may also have a code alone.
    "anyOf": [{"required": ["features"]}, {"required": ["prediction"]}],
}
OUTCOME: Schema = {
    "type": "object",
    "description": "Ground truth of an earlier or later prediction.",
    "properties": {"id": {"type": ["string", "integer"]}, "outcome": SCALAR, "time": TIME, **KEY},
    "required": ["id", "outcome"],
}
EVENT: Schema = {
    "type": "object",
    "description": "An annotation on the time axis, such as a deployment or an incident.",
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
    "description": "Accepted and rejected records of a body, with the first 100 errors.",
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
    "description": "A model and its path in this API; after an internal error only its key, path and the error.",
    "anyOf": [
        {"allOf": [reference_to(ModelSummary), {"type": "object", "properties": {"path": TEXT}, "required": ["path"]}]},
        {"type": "object", "properties": {**KEY, "path": TEXT, "error": TEXT}, "required": [*KEY, "path", "error"]},
    ],
}
PREDICTION_ID: Schema = {
    "name": "id", "in": "path", "required": True, "schema": TEXT, "description": "as in the sample",
}  # fmt: skip
STORED: Schema = {
    "type": "object",
    "description": "One stored prediction. Times are Unix seconds; what was not sent is null.",
    "properties": {
        "id": TEXT, **KEY, "time": {"type": "number"}, "prediction": SCALAR, "scores": NUMBERS,
        "features": {"type": "object", "description": "those of evaluation.features", "additionalProperties": SCALAR},
        "tags": {"type": "object", "additionalProperties": SCALAR},
        "intermediate": {"type": "object", "additionalProperties": SCALAR},
        "action": SCALAR, "latency_seconds": {"type": ["number", "null"]}, "code": {"type": ["integer", "null"]},
        "trace_id": {"type": ["string", "null"]}, "outcome": SCALAR,
        "outcomes": {
            "type": "array",
            "description": "the outcome and what it corrected, oldest first; joined is when both were known",
            "items": {
                "type": "object",
                "properties": {"outcome": SCALAR, "time": {"type": "number"}, "joined": {"type": "number"}},
            },
        },
    },
}  # fmt: skip
