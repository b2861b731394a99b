"""The OpenAPI description of all routes."""

import json
from collections.abc import Iterator

from inference_exporter.page.openapi import document

INTAKE = {"/v1/samples", "/v1/outcomes", "/v1/events", "/v1/traces", "/v1/logs"}
HEALTH = ("/-/healthy", "/-/ready")  # answered by the front
NAMES_OF_A_MODEL = "{model}/{version}/{variant}"
PATH_OF_A_MODEL = f"/api/v1/models/{NAMES_OF_A_MODEL}"


def references(part) -> Iterator[str]:
    """Yield every reference in a document."""
    if isinstance(part, dict):
        if "$ref" in part:
            yield part["$ref"]
        for value in part.values():
            yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


def test_every_reference_leads_somewhere():
    """Every referenced schema exists."""
    names = {name.removeprefix("#/components/schemas/") for name in references(document())}
    assert names <= set(document()["components"]["schemas"])


def test_every_route_is_described(site):
    """The description has exactly the exporter's routes."""
    application = site().sidecar.application
    web = application.wsgi._otherwise._routes
    routes = (
        {
            (rule.rule.replace("<rest:path>", NAMES_OF_A_MODEL).replace("<rest:id>", "{id}"), method.lower())
            for rule in application._pages().url_map.iter_rules()
            for method in rule.methods - {"HEAD", "OPTIONS"}
        }
        | {(path, method.lower()) for path, (methods, _) in web.items() for method in methods if method != "HEAD"}
        | {(path, "post") for path in INTAKE}
        | {(path, "get") for path in HEALTH}
    )
    described = {(path, method) for path, item in document()["paths"].items() for method in item}
    assert described == routes


def test_path_parameters_are_described():
    """Each name in braces is a parameter."""
    operation = document()["paths"][PATH_OF_A_MODEL]["get"]
    in_path = [parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "path"]
    assert in_path == ["model", "version", "variant"]


def test_it_is_served(site):
    """The description is served as JSON, in version 3.1."""
    served = site().get("/api/v1/openapi.json")
    assert served.json == json.loads(json.dumps(document()))
    assert served.json["openapi"].startswith("3.1")
    assert served.content_type == "application/json"
