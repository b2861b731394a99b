"""Azure Machine Learning's data collector: CloudEvents `azureml.inference.…`."""

import re
from typing import Any

from ._answers import predictions_of
from ._base import Answered, Attributes, Document, Inference, PayloadFormat, Requested, UnreadablePayload
from ._parts import json_of
from .bodies import read_request, read_response

TYPE = "azureml.inference."
REQUESTS, RESPONSES = ("model_inputs", "inputs", "request"), ("model_outputs", "outputs", "response")
# The id that the collector was given, then the ones of the platform's gateway.
IDS = ("correlationid", "xrequestid", "x-request-id")
ENDPOINT = re.compile(r"/onlineEndpoints/(?P<endpoint>[^/]+)(?:/deployments/(?P<deployment>[^/]+))?")


def recognises(document: Document, attributes: Attributes) -> bool:
    """Return whether an event is of the collector, stored or sent by it."""
    return attributes.get("type", "").startswith(TYPE)


def read(document: Document, attributes: Attributes) -> Inference:
    """Return the half that an event has. Its times are whole seconds, so there is no latency."""
    collection = attributes["type"].removeprefix(TYPE)
    if attributes.get("datainblob", "").lower() == "true":
        raise UnreadablePayload("data: expected the data, got the address of a blob, as of payloads beyond 4 MB")
    data = json_of(document, "data") if isinstance(document, str) else document
    source = ENDPOINT.search(attributes.get("source", ""))
    time = attributes.get("time", "")
    version = attributes.get("modelversion", attributes.get("model-version"))
    return Inference(
        requested=_requested(data) if collection not in RESPONSES else None,
        answered=_answered(data) if collection in RESPONSES else None,
        id=next((attributes[name] for name in IDS if name in attributes), None),
        # Seconds as text, or ISO 8601.
        requested_at=int(time) if time.isdecimal() else time or None,
        model=source["endpoint"] if source else None,
        tags={"deployment": source["deployment"]} if source and source["deployment"] else {},
        # What the collector writes for a model that was not registered.
        version=None if version == "default" else version,
    )


def _requested(data: Any) -> Requested:
    found = read_request(data)
    if found is None:
        raise UnreadablePayload(f"data: expected rows, or a request with input_data or data, got {_names(data)}")
    return found


def _answered(data: Any) -> Answered:
    # The collector writes a table of outputs as rows; other bodies come as the server answered them.
    rows_of_objects = isinstance(data, list) and any(isinstance(row, dict) for row in data)
    found = predictions_of(data) if rows_of_objects else read_response(data)
    if found is None:
        raise UnreadablePayload(f"data: expected rows, or a response with predictions, got {_names(data)}")
    return found


def _names(data: Any) -> str:
    return ", ".join(list(data)[:5]) if isinstance(data, dict) else type(data).__name__


FORMAT = PayloadFormat("azure", "Azure Machine Learning data collector", recognises, read, is_of_events=True)
