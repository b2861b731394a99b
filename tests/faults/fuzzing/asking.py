"""One HTTP request of the fuzz, as bytes: a post of a body, or a question to the page, the API or the metrics."""

import gzip
from dataclasses import dataclass
from urllib.parse import quote

from .bodies import Body, body
from .records import PATHS
from .values import FEATURES, MODELS, Chance, text

READ_PATHS = (
    "/", "/metrics", "/metrics/reference", "/api/v1/models", "/api/v1/events", "/api/v1/status",
    "/api/v1/openapi.json", "/-/healthy",
    "/-/ready",
)  # fmt: skip
ODD_TARGETS = (
    "/v1/samples/", "/v1/Samples", "//v1/samples", "/v1/samples?x=1", "/v1/%73amples", "/v1",
    "/v1/samples/../events", "/nothing",
    "/%00", "/%ff%fe", "/%", "/a" * 500, "/?model=%00", "/?model=fraud&feature=%ff", "/?window=9999d",
    "/metrics?collect[]=none",
    "/metrics?collect%5B%5D=own", "/api/v1/models/", "/api/v1/models/fraud", "/api/v1/models//1/champion", "*",
    "/-/reload",
)  # fmt: skip
METHODS = ("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "POST", "BREW")
TYPES = (
    "", "text/plain", "application/json; charset=utf-8", "APPLICATION/JSON", "application/xml", "application/",
    ";", "\xe9",
    "application/x-www-form-urlencoded", "application/octet-stream", "application/json, text/html",
    "multipart/form-data; boundary=x",
)  # fmt: skip
ENCODINGS = ("identity", "gzip", "x-gzip", "zstd", "GZIP", "br", "deflate", "gzip, zstd", "", "\xe9")
HEADERS = (
    "Accept: application/openmetrics-text; version=1.0.0", "Accept: */*;q=0", "Accept: \xe9",
    "Accept-Encoding: gzip", "X: " + "y" * 6_000,
    "Idempotency-Key: ", "Idempotency-Key: \xe9", "Idempotency-Key: " + "k" * 2_000, "Expect: 100-continue",
    "Cookie: a=b; c",
    "traceparent: 00-zz", "Content-Encoding: gzip", "X-Forwarded-For: 127.0.0.1", "Range: bytes=0-1",
    "If-None-Match: *", "X-\xe9: 1",
    "Upgrade: websocket\r\nConnection: Upgrade", "Transfer-Encoding: identity", "Content-Length: 7",
    "Content-Length: -1", "no colon",
    " folded: 1", "Host: elsewhere.example", "Origin: http://elsewhere.example",
)  # fmt: skip


@dataclass
class Asked:
    """A request as bytes, and what is known of its answer."""

    number: int
    raw: bytes
    method: str
    target: str
    body: Body | None = None
    """Where it is a plain post to intake, whose records the books count."""
    key: str = ""
    """Its `Idempotency-Key`."""
    whole: bool = True
    """False where it ends in the middle and the connection is closed."""
    legal: bool = True
    """False where HTTP itself is broken: any answer in the 400s will do, and so will none."""


def asked(chance: Chance, number: int, host: str) -> Asked:
    """Return a request: nine of ten post a body, the others ask, or are odd in another way."""
    way = chance.random()
    if way < 0.88:
        return posted(chance, number, host)
    if way < 0.92:
        return question(chance, number, host)
    if way < 0.97:
        return oddly_addressed(chance, number, host)
    return half(chance, number, host)


def posted(chance: Chance, number: int, host: str) -> Asked:
    """Return the post of a body as a careful sender makes it, chunked or not, with a key or not."""
    made = body(chance)
    key = f"key-{number}" if chance.happens(0.1) else ""
    headers = [f"Content-Type: {made.content_type}"]
    if made.encoding:
        headers.append(f"Content-Encoding: {made.encoding}")
    if key:
        headers.append(f"Idempotency-Key: {key}")
    if chance.happens(0.05):
        headers.append("Expect: 100-continue")
    raw = request("POST", made.records.path, host, headers, made.content, chunked=chance.happens(0.1))
    return Asked(number, raw, "POST", made.records.path, made, key)


def question(chance: Chance, number: int, host: str) -> Asked:
    """Return a question of a browser, a script or Prometheus."""
    target = chance.pick(READ_PATHS)
    if chance.happens(0.4):
        path = "/".join(
            quote(part, safe="") for part in (chance.pick(MODELS), chance.one_of("1", "2", "3"), "champion")
        )
        target = f"/api/v1/models/{path}" + chance.one_of("", "/explain", "/schema", "/outliers")
    elif chance.happens(0.3):
        target = (
            f"/?model={chance.pick(MODELS)}&feature={chance.pick(FEATURES)}&window={chance.one_of('5s', '1h', 'x')}"
        )
    return Asked(number, request("GET", target, host, [], None), "GET", target)


def oddly_addressed(chance: Chance, number: int, host: str) -> Asked:
    """Return a request whose method, target or headers nobody planned for."""
    method = chance.pick(METHODS)
    target = chance.pick(ODD_TARGETS) if chance.happens(0.6) else chance.pick((*PATHS, *READ_PATHS))
    if chance.happens(0.1):
        target = "/" + quote(text(chance).encode("utf-8", "surrogatepass"))
    headers = [chance.pick(HEADERS) for _ in range(chance.randrange(4))]
    headers.append(f"Content-Type: {chance.pick(TYPES)}")
    if chance.happens(0.5):
        headers.append(f"Content-Encoding: {chance.pick(ENCODINGS)}")
    # Nothing in it can be counted, so the books need not know what became of it.
    content = chance.one_of(None, b"[]", b"", gzip.compress(b"[]"))
    raw = request(method, target, host, headers, content)
    return Asked(number, raw, method, target, legal=False)


def half(chance: Chance, number: int, host: str) -> Asked:
    """Return a request that ends before its first record does, after which the sender hangs up."""
    raw = request(
        "POST", chance.pick(PATHS), host, ["Content-Type: application/json"], b'{"model":"fraud","features":{"age":3}}'
    )
    head = raw.index(b"\r\n\r\n")
    end = chance.randrange(1, head) if chance.happens(0.5) else head + 4 + chance.randrange(30)
    return Asked(number, raw[:end], "POST", "", whole=False)


def request(
    method: str, target: str, host: str, headers: list[str], content: bytes | None, *, chunked: bool = False
) -> bytes:
    """Return a request as it goes over the wire."""
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}", *headers]
    if content is not None and chunked:
        lines.append("Transfer-Encoding: chunked")
        pieces = [content[start : start + 700] for start in range(0, len(content), 700)]
        content = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
    elif content is not None:
        lines.append(f"Content-Length: {len(content)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + (content or b"")
