"""The short path for requests of one sample gives what the general path gives, whatever the body is."""

from io import BytesIO

import pytest
from inference_exporter.config.schema import Config, LearningConfig, ModelConfig
from inference_exporter.intake import http
from inference_exporter.intake.lone import BYTES_AT_MOST, lone_format, lone_record

PLAIN = b'{"id":"a","time":1764000000,"features":{"x":1.5,"c":"a"},"prediction":"yes"}'
LARGE = b'{"features":{"x":"%s"}}' % (b"y" * BYTES_AT_MOST)
BODIES = [
    PLAIN, PLAIN + b"\n", PLAIN + b"\r\n", b" " + PLAIN, b"\xef\xbb\xbf" + PLAIN, PLAIN + b"\n" + PLAIN, PLAIN * 2,
    b"[" + PLAIN + b"]", b"", b"{", b"{}", b"null", b'"x"', LARGE,
    b'{"features":{"x":1.5},"features":{"c":"a"}}', b'{"features":{"x":NaN}}', b'{"features":{"x":1e999}}',
    b'{"features":{"x":123456789012345678901234567890}}', b'{"features":{"c":"a\\u0000b"}}',
    b'{"features":{"c":"\\ud800"}}', b'{"features":{"c":"\xff"}}', b'{"features":[1,2]}', b'{"features":{}}',
    b'{"columns":{"x":[1,2],"prediction":["a","b"]}}', b'{"features":{"x":1},"code":99}',
    b'{"inputs":[{"name":"x","datatype":"FP64","shape":[1],"parameters":{"binary_data_size":8}}]}12345678',
]  # fmt: skip
TYPES = ["application/json", "application/x-ndjson", "", "application/json; charset=utf-8", "text/plain", "text/csv"]
OF_SAMPLES = ("inference_exporter_samples_", "model_requests_total", "model_window_samples", "model_feature_")


@pytest.fixture(scope="module")
def config():
    return Config(models=(ModelConfig(learning=LearningConfig(samples=100)),))


def seen(running, bodies, content_type):
    """Return the answers to some bodies, and what a scrape shows of samples afterwards."""
    answers = [running.ask("POST", "/v1/samples", body, content_type=content_type) for body in bodies]
    lines = [line for line in running.scrape().splitlines() if line.startswith(OF_SAMPLES)]
    return [(answer.status, answer.body) for answer in answers], sorted(lines)


@pytest.mark.parametrize("content_type", TYPES)
def test_answers_and_counts_are_those_of_the_general_path(sidecar, config, monkeypatch, content_type):
    """Any body of any type is answered and counted as if there were no short path."""
    short = seen(sidecar(config), BODIES, content_type)
    monkeypatch.setattr(http, "lone_of", lambda environ, size_at_most: None)
    assert short == seen(sidecar(config), BODIES, content_type)


def test_a_plain_sample_takes_the_short_path():
    """A small object is read without asking each format; what another format may claim is not."""
    environ = {"PATH_INFO": "/v1/samples", "CONTENT_TYPE": "application/json"}
    assert lone_format(environ, len(PLAIN)) == "json"
    assert lone_record(PLAIN)["prediction"] == "yes"
    assert lone_format(environ | {"CONTENT_TYPE": "application/x-ndjson"}, len(PLAIN)) == "ndjson"
    for other in ({"HTTP_CE_TYPE": "x"}, {"HTTP_CONTENT_ENCODING": "gzip"}, {"PATH_INFO": "/"}):
        assert lone_format(environ | other, len(PLAIN)) is None


def test_a_sender_that_has_gone_is_not_counted(sidecar):
    """As for any other request, nobody would know that the sample was counted."""
    running = sidecar()
    environ = {
        "REQUEST_METHOD": "POST", "PATH_INFO": "/v1/samples", "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(PLAIN)), "wsgi.input": BytesIO(PLAIN),
        "inference_exporter.sender_has_gone": lambda: True,
    }  # fmt: skip
    answered = []
    assert running.application.wsgi(environ, lambda status, headers: answered.append(status)) == [b""]
    assert answered == ["503 Service Unavailable"]
    assert running.value("inference_exporter_samples_accepted_total") == 0
