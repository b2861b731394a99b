"""The ASGI middleware: applications driven message by message, and each way a request can end."""

import asyncio
import json
from time import monotonic

import pytest
from inference_exporter.client.asgi import MonitorMiddleware

FEATURES = {"age": 31, "country": "FR"}
ASKED = json.dumps({"features": FEATURES}).encode()
ANSWER = json.dumps({"prediction": "fraud", "scores": {"fraud": 0.9}}).encode()


@pytest.fixture
def monitor(exporter, watch):
    return watch(exporter)


@pytest.fixture
def sample(exporter, monitor, settled):
    """Return the one sample that arrived."""

    def arrived():
        settled(monitor)
        assert len(exporter.samples()) == 1
        return exporter.samples()[0]

    return arrived


def chunks_of(body, size=7):
    return [body[start : start + size] for start in range(0, len(body), size)]


def drive(app, body=(ASKED,), scope=None):
    """Run an application like an ASGI server, and return its messages."""
    incoming = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in body]
    incoming += [{"type": "http.request"}, {"type": "http.disconnect"}]
    outgoing = []

    async def receive():
        return incoming.pop(0)

    async def send(message):
        outgoing.append(message)

    scope = {"type": "http", "method": "POST", "path": "/predict"} | (scope or {})
    asyncio.run(app(scope, receive, send))
    return outgoing


async def read(receive):
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return body


async def answer(send, chunks=(ANSWER,), status=200):
    await send({"type": "http.response.start", "status": status, "headers": []})
    for index, chunk in enumerate(chunks):
        await send({"type": "http.response.body", "body": chunk, "more_body": index + 1 < len(chunks)})


def test_a_request_is_a_sample(monitor, sample):
    """Bodies pass unchanged, message by message, and the sample arrives."""
    got = []

    async def app(scope, receive, send):
        got.append(await read(receive))
        await answer(send, chunks_of(ANSWER))

    outgoing = drive(MonitorMiddleware(app, monitor), chunks_of(ASKED))
    assert got == [ASKED]
    assert [message.get("body") for message in outgoing[1:]] == chunks_of(ANSWER)
    arrived = sample()
    assert (arrived["features"], arrived["prediction"], arrived["code"]) == (FEATURES, "fraud", 200)
    assert arrived["latency_seconds"] > 0


def test_other_requests_pass(monitor, settled):
    """Requests that do not match, web sockets and lifespan events pass unchanged."""
    seen = []

    async def app(scope, receive, send):
        seen.append((scope["type"], receive, send))

    async def receive():
        raise AssertionError

    async def send(message):
        raise AssertionError

    middleware = MonitorMiddleware(app, monitor)
    get = {"type": "http", "method": "GET", "path": "/"}
    for scope in ({"type": "lifespan"}, {"type": "websocket", "path": "/"}, get):
        asyncio.run(middleware(scope, receive, send))
    assert seen == [(kind, receive, send) for kind in ("lifespan", "websocket", "http")]
    assert settled(monitor)["observed"] == 0


def test_own_predicate_and_extract(monitor, sample):
    """`matches` selects requests, and `extract` builds the sample."""

    async def app(scope, receive, send):
        await read(receive)
        await answer(send)

    middleware = MonitorMiddleware(
        app,
        monitor,
        matches=lambda method, path: path == "/v1/predict",
        extract=lambda asked, answered: {"prediction": f"{asked['features']['age']} {answered['prediction']}"},
    )
    drive(middleware, scope={"path": "/other"})
    drive(middleware, scope={"path": "/v1/predict"})
    assert sample()["prediction"] == "31 fraud"


def test_streaming_passes_at_once(monitor, sample):
    """Each message reaches the server before the application sends the next."""
    order = []

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for number in range(3):
            order.append(("made", number))
            await send({"type": "http.response.body", "body": b"data: %d\n" % number, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def send(message):
        if message.get("body"):
            order.append(("sent", int(message["body"][6:])))

    async def receive():
        return {"type": "http.request", "body": b""}

    asyncio.run(MonitorMiddleware(app, monitor)({"type": "http", "method": "POST", "path": "/"}, receive, send))
    assert order == [(what, number) for number in range(3) for what in ("made", "sent")]
    assert (sample()["code"], sample()["features"]) == (200, {})


def test_long_bodies_are_not_held(monitor, sample):
    """Bodies beyond the limit pass unchanged, and the request is reported with code and latency."""
    long = json.dumps({"features": {"text": "x" * 5000}}).encode()
    got = []

    async def app(scope, receive, send):
        got.append(await read(receive))
        await answer(send, [ANSWER] * 100)

    outgoing = drive(MonitorMiddleware(app, monitor, limit=1000), chunks_of(long, 100))
    assert got == [long]
    assert len(outgoing) == 101
    assert (sample()["features"], sample()["code"]) == ({}, 200)


def test_the_request_ends_with_its_answer(exporter, monitor, sample):
    """Background tasks after the answer do not count in the latency, and do not delay the sample."""

    async def app(scope, receive, send):
        await read(receive)
        await answer(send)
        started = monotonic()
        await asyncio.to_thread(exporter.wait_until, lambda: len(exporter.samples()) == 1)
        app.seconds_after = monotonic() - started

    started = monotonic()
    drive(MonitorMiddleware(app, monitor))
    assert sample()["latency_seconds"] <= monotonic() - started - app.seconds_after


@pytest.mark.parametrize("status", [404, 422, 500, 503])
def test_an_error_keeps_its_features(monitor, sample, status):
    """A request answered with an error is reported with that code and its features."""

    async def app(scope, receive, send):
        await read(receive)
        await answer(send, [b'{"error": "no"}'], status)

    drive(MonitorMiddleware(app, monitor))
    arrived = sample()
    assert (arrived["code"], arrived["features"]) == (status, FEATURES)
    assert "prediction" not in arrived


@pytest.mark.parametrize("is_started", [False, True])
def test_an_exception(monitor, sample, is_started):
    """An application that raises is reported with code 500, whatever it sent before, and the exception propagates."""

    async def app(scope, receive, send):
        await read(receive)
        if is_started:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError("model")

    with pytest.raises(RuntimeError, match="model"):
        drive(MonitorMiddleware(app, monitor))
    assert (sample()["code"], sample()["features"]) == (500, FEATURES)


@pytest.mark.parametrize(("is_started", "code"), [(False, 499), (True, 200)])
def test_a_client_that_leaves(monitor, sample, is_started, code):
    """A cancelled request is reported with code 499, or with the status already sent."""

    async def app(scope, receive, send):
        await read(receive)
        if is_started:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        drive(MonitorMiddleware(app, monitor))
    assert sample()["code"] == code


def test_a_silent_application(monitor, sample):
    """An application without an answer is reported with code 500, which its server sends."""

    async def app(scope, receive, send):
        await read(receive)

    drive(MonitorMiddleware(app, monitor))
    assert sample()["code"] == 500
