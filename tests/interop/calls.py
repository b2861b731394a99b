"""Calls of a model server over HTTP, and posts to the exporter."""

import http.client
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

PATIENCE_SECONDS = 60
TEXT_KEPT = 80
"""Of an answer that is not JSON, such as a stack trace."""


@dataclass(frozen=True)
class Call:
    """One request to a server, and its answer."""

    id: str
    request: Any
    response: Any
    status: int
    started: float
    seconds: float
    rows: Sequence[Sequence[float]]
    """The rows of features that the request asks about."""

    def ids(self, number: int) -> list[str]:
        """Return the id of each sample: the first has the call's."""
        return [self.id, *(f"{self.id}-{row}" for row in range(1, number))]


@dataclass(frozen=True)
class Post:
    """What a logger sends to the exporter."""

    body: bytes
    headers: Mapping[str, str] = field(default_factory=lambda: {"content-type": "application/json"})


def called(url: str, id: str, rows: Sequence[Sequence[float]], request: Any, *, id_header: str = "") -> Call:
    """Send a request as JSON and return the call; a server that makes ids tells them in a header."""
    started, before = time.time(), time.perf_counter()
    status, answer, headers = _answered(url, json.dumps(request).encode(), {"content-type": "application/json"})
    seconds = time.perf_counter() - before
    try:
        response = json.loads(answer)
    except ValueError:
        response = answer.decode(errors="replace")[:TEXT_KEPT]
    return Call(headers.get(id_header, id), request, response, status, round(started, 3), round(seconds, 6), rows)


def post(url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
    """Send a POST request and return status and body."""
    return _answered(url, body, headers)[:2]


def _answered(url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes, dict[str, str]]:
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.netloc, timeout=PATIENCE_SECONDS)
    try:
        connection.request("POST", address.path or "/", body, dict(headers))
        answer = connection.getresponse()
        return answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()}
    finally:
        connection.close()


def got(url: str) -> str:
    """Return the text under a URL."""
    with urlopen(url, timeout=PATIENCE_SECONDS) as answer:
        return answer.read().decode()


def exchange(call: Call, model: str, version: str) -> Post:
    """Return a call as a gateway logs it: request and response in one object."""
    document = {
        "model": model, "version": version, "id": call.id, "time": call.started, "latency_seconds": call.seconds,
        "code": call.status, "request": call.request, "response": call.response,
    }  # fmt: skip
    return Post(json.dumps(document).encode())
