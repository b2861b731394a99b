"""The WSGI middleware: real applications behind real servers, and each way a request can end."""

import io
import json
import threading
from http.client import HTTPConnection
from wsgiref.simple_server import WSGIRequestHandler, make_server
from wsgiref.validate import validator

import flask
import pytest
from inference_exporter.client.wsgi import MonitorMiddleware

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
        # A client gets its answer before the server closes it, and only then is the sample reported.
        exporter.wait_until(exporter.samples)
        settled(monitor)
        assert len(exporter.samples()) == 1
        return exporter.samples()[0]

    return arrived


def environ(body=ASKED, method="POST", path="/predict", **more):
    return {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    } | more


class Server:
    """The relevant part of a WSGI server."""

    def __init__(self, app):
        self.app = app
        self.started = []
        self.written = []

    def start_response(self, status, headers, exc_info=None):
        self.started.append((status, headers))
        return self.written.append

    def run(self, environ):
        body = self.app(environ, self.start_response)
        try:
            return list(body)
        finally:
            if hasattr(body, "close"):
                body.close()


def answering(chunks, status="200 OK"):
    def app(environ, start_response):
        environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        start_response(status, [("Content-Type", "application/json")])
        return chunks

    return app


class TestRealServers:
    @pytest.fixture
    def ask(self):
        """Serve an application with wsgiref and return a function that asks it."""
        servers = []

        class Silent(WSGIRequestHandler):
            def log_message(self, *_):
                pass

        def serve(app):
            server = make_server("127.0.0.1", 0, app, handler_class=Silent)
            servers.append(server)
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

            def request(body=ASKED, method="POST"):
                connection = HTTPConnection("127.0.0.1", server.server_port, timeout=60)
                connection.request(method, "/predict", body, {"Content-Type": "application/json"})
                response = connection.getresponse()
                content = response.read()
                connection.close()
                return response, content

            return request

        yield serve
        for server in servers:
            server.shutdown()
            server.server_close()

    def test_a_conforming_application_stays_one(self, monitor, sample, ask):
        """A strict server and a strict application both see PEP 3333 respected, and the sample arrives."""

        def app(environ, start_response):
            environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
            start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(ANSWER)))])
            return iter([ANSWER[:5], ANSWER[5:]])

        response, content = ask(validator(MonitorMiddleware(validator(app), monitor)))()
        assert (response.status, content) == (200, ANSWER)
        arrived = sample()
        assert (arrived["features"], arrived["prediction"], arrived["code"]) == (FEATURES, "fraud", 200)

    def test_a_list_keeps_its_length(self, monitor, sample, ask):
        """An answer that is a list stays a list, so that its length is known."""
        response, content = ask(MonitorMiddleware(answering([ANSWER]), monitor))()
        assert (response.getheader("Content-Length"), content) == (str(len(ANSWER)), ANSWER)
        assert sample()["prediction"] == "fraud"

    def test_flask(self, monitor, sample, ask):
        """One line is enough for a Flask application."""
        app = flask.Flask("model")

        @app.post("/predict")
        def predict():
            assert flask.request.get_json()["features"] == FEATURES
            return {"prediction": "fraud", "id": "r-1"}

        app.wsgi_app = MonitorMiddleware(app.wsgi_app, monitor)
        _, content = ask(app)()
        assert json.loads(content) == {"prediction": "fraud", "id": "r-1"}
        arrived = sample()
        assert (arrived["features"], arrived["prediction"], arrived["id"]) == (FEATURES, "fraud", "r-1")
        assert arrived["latency_seconds"] > 0

    def test_flask_that_fails(self, monitor, sample, ask):
        """An error that Flask answers with 500 is reported with code 500 and its features."""
        app = flask.Flask("model")
        app.logger.disabled = True

        @app.post("/predict")
        def predict():
            return {"prediction": 1 // (flask.request.get_json()["features"]["age"] - 31)}

        app.wsgi_app = MonitorMiddleware(app.wsgi_app, monitor)
        response, _ = ask(app)()
        arrived = sample()
        assert (response.status, arrived["code"], arrived["features"]) == (500, 500, FEATURES)
        assert "prediction" not in arrived


class TestWhatIsWatched:
    def test_other_requests_pass(self, exporter, monitor, settled):
        """A request that does not match passes unchanged and is not reported."""
        seen = []

        def app(environ, start_response):
            seen.append(environ["wsgi.input"])
            start_response("200 OK", [])
            return []

        given = environ(method="GET")
        Server(MonitorMiddleware(app, monitor)).run(given)
        stream = given["wsgi.input"]
        assert seen == [stream]
        assert isinstance(stream, io.BytesIO)
        assert settled(monitor)["observed"] == 0

    def test_own_predicate(self, monitor, settled):
        """`matches` decides by method and full path."""
        asked = []

        def matches(method, path):
            asked.append((method, path))
            return path == "/v1/predict"

        middleware = MonitorMiddleware(answering([ANSWER]), monitor, matches=matches)
        Server(middleware).run(environ(method="PUT", path="/predict", SCRIPT_NAME="/v1"))
        Server(middleware).run(environ(path="/other"))
        assert asked == [("PUT", "/v1/predict"), ("POST", "/other")]
        assert settled(monitor)["observed"] == 1

    def test_own_extract(self, monitor, sample):
        """`extract` gets both bodies and returns the sample."""

        def extract(asked, answered):
            return {"features": asked["features"], "prediction": answered["prediction"].upper(), "tags": {"by": "me"}}

        Server(MonitorMiddleware(answering([ANSWER]), monitor, extract=extract)).run(environ())
        arrived = sample()
        assert (arrived["prediction"], arrived["tags"]) == ("FRAUD", {"by": "me"})


class TestBodies:
    def test_streaming_passes_chunk_by_chunk(self, monitor, sample):
        """Each chunk reaches the server when the application makes it, unchanged and in order."""
        made = []

        def app(environ, start_response):
            start_response("200 OK", [])
            for chunk in (b"data: 1\n", b"", b"data: 2\n"):
                made.append(chunk)
                yield chunk

        body = MonitorMiddleware(app, monitor)(environ(), Server(None).start_response)
        taken = []
        for chunk in body:
            taken.append(chunk)
            assert made == taken  # chunks are made on demand
        body.close()
        assert taken == [b"data: 1\n", b"", b"data: 2\n"]
        assert (sample()["code"], sample()["features"]) == (200, {})

    def test_long_bodies_are_not_held(self, monitor, sample):
        """Bodies beyond the limit pass unchanged, and the request is reported with code and latency."""
        long = json.dumps({"features": {"text": "x" * 5000}}).encode()
        server = Server(MonitorMiddleware(answering(iter([ANSWER] * 1000)), monitor, limit=1000))
        assert server.run(environ(long)) == [ANSWER] * 1000
        arrived = sample()
        assert (arrived["features"], arrived["code"]) == ({}, 200)

    @pytest.mark.parametrize("limit", [4096, 3])
    def test_every_way_to_read(self, monitor, sample, limit):
        """However the application reads its body, it gets the bytes, and so does the sample within the limit."""
        text = json.dumps({"features": FEATURES, "id": "r-1"}, indent=1).encode() + b"\n"
        got = []

        def app(environ, start_response):
            stream = environ["wsgi.input"]
            got.append(stream.read(3))
            got.append(stream.readline())
            got.append(stream.readline(2))
            buffer = bytearray(4)
            got.append(bytes(buffer[: stream.readinto(buffer)]))
            got.append(next(iter(stream)))
            got.extend(stream.readlines())
            assert not stream.closed
            start_response("200 OK", [])
            return [ANSWER]

        Server(MonitorMiddleware(app, monitor, limit=limit)).run(environ(text))
        assert b"".join(got) == text
        assert sample()["features"] == (FEATURES if limit > 3 else {})

    def test_a_stream_without_extras(self, monitor):
        """Our stream lacks the methods that the server's stream lacks, because readers check for them."""

        class Stream:
            def read(self, size=-1):
                return b""

        def app(environ, start_response):
            assert not hasattr(environ["wsgi.input"], "readinto")
            start_response("200 OK", [])
            return []

        Server(MonitorMiddleware(app, monitor)).run(environ() | {"wsgi.input": Stream()})

    def test_an_unread_body(self, monitor, sample):
        """A body that the application does not read is not read for it."""
        stream = io.BytesIO(ASKED)

        def app(environ, start_response):
            start_response("503 Service Unavailable", [])
            return [b""]

        Server(MonitorMiddleware(app, monitor)).run(environ() | {"wsgi.input": stream})
        assert stream.tell() == 0
        assert (sample()["code"], sample()["features"]) == (503, {})

    def test_write(self, monitor, sample):
        """Output of the legacy write() passes and is read."""

        def app(environ, start_response):
            environ["wsgi.input"].read()
            write = start_response("200 OK", [])
            write(ANSWER[:9])
            write(ANSWER[9:])
            return []

        server = Server(MonitorMiddleware(app, monitor))
        server.run(environ())
        assert b"".join(server.written) == ANSWER
        assert sample()["prediction"] == "fraud"


class TestEnds:
    @pytest.mark.parametrize("error", [RuntimeError, SystemExit])
    def test_an_exception_before_the_answer(self, monitor, sample, error):
        """An application that raises is reported with code 500, and the exception propagates."""

        def app(environ, start_response):
            environ["wsgi.input"].read()
            raise error("model")

        with pytest.raises(error, match="model"):
            Server(MonitorMiddleware(app, monitor)).run(environ())
        arrived = sample()
        assert (arrived["code"], arrived["features"]) == (500, FEATURES)

    def test_an_exception_amid_the_answer(self, monitor, sample):
        """An answer that breaks off is reported with code 500, whatever its status line said."""

        def app(environ, start_response):
            environ["wsgi.input"].read()
            start_response("200 OK", [])
            yield b"{"
            raise RuntimeError("model")

        with pytest.raises(RuntimeError, match="model"):
            Server(MonitorMiddleware(app, monitor)).run(environ())
        assert sample()["code"] == 500

    def test_a_client_that_leaves(self, monitor, sample):
        """A server that closes the answer early ends the request, and the application's own close is called."""
        closed = []

        class Body:
            def __iter__(self):
                return iter([b"1", b"2"])

            def close(self):
                closed.append(True)

        body = MonitorMiddleware(answering(Body()), monitor)(environ(), Server(None).start_response)
        assert next(iter(body)) == b"1"
        body.close()
        assert closed == [True]
        assert sample()["code"] == 200

    def test_a_changed_mind(self, monitor, sample):
        """The last status counts."""

        def app(environ, start_response):
            start_response("200 OK", [])
            try:
                raise ValueError
            except ValueError as error:
                start_response("422 Unprocessable", [], (type(error), error, None))
            return [b""]

        server = Server(MonitorMiddleware(app, monitor))
        server.run(environ())
        assert [status for status, _ in server.started] == ["200 OK", "422 Unprocessable"]
        assert sample()["code"] == 422
