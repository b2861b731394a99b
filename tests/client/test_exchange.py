"""Exchange: recording of bodies, and failures of the user's functions."""

import pytest
from inference_exporter.client import Monitor
from inference_exporter.client.exchange import Exchange, Recording, Watching, is_post
from inference_exporter.client.samples import from_json


class TestRecording:
    @pytest.mark.parametrize("chunks", [[b'{"a": 1}'], [b"", b' \n{"a"', b": ", b"1}"], [bytearray(b'{"a": 1}')]])
    def test_json_in_pieces(self, chunks):
        """JSON is read from pieces of any size."""
        recording = Recording(100)
        for chunk in chunks:
            recording.add(chunk)
        assert recording.json() == {"a": 1}

    @pytest.mark.parametrize(
        "chunks",
        [
            [],
            [b""],
            [b"text"],
            [b'{"a": '],
            [b'{"a": 1}', b"x" * 93],
            [b"\xff{"],
            [b"[" * 99],
            ["{}"],
            [b"{", b"\xff"],
        ],
    )
    def test_anything_else_is_unknown(self, chunks):
        """An empty, too long, incomplete or invalid body is unknown."""
        recording = Recording(100)
        for chunk in chunks:
            recording.add(chunk)
        assert recording.json() is None

    def test_no_more_than_the_limit_is_held(self):
        """A body longer than the limit is not kept at all."""
        recording = Recording(10)
        recording.add(b'{"a": 1')
        recording.add(b"2345}")
        assert recording._chunks is None
        recording.add(b"{}")
        assert recording._chunks is None

    def test_what_cannot_be_json_is_not_held(self):
        """A body that does not start like JSON is discarded at its first byte."""
        recording = Recording(10)
        recording.add(b"\x89PNG")
        assert recording._chunks is None


def finished(extract, exporter, settled, code=200):
    with Monitor(exporter.url) as monitor:
        exchange = Exchange(Watching(monitor, is_post, extract or from_json, 100))
        exchange.code = code
        exchange.finish()
        exchange.finish()
        settled(monitor)
        return exporter.samples(), monitor.statistics().last_error


@pytest.mark.parametrize(
    ("extracted", "features"),
    [
        ({"features": {"a": 1}}, [{"a": 1}]),
        ([{"features": {"a": 1}}, {"features": {"a": 2}}], [{"a": 1}, {"a": 2}]),
        ([], [{}]),
        (None, [{}]),
    ],
)
def test_extract(exporter, settled, extracted, features):
    """`extract` returns one sample, several or none; the request is reported once in any case."""
    samples, _ = finished(lambda request, response: extracted, exporter, settled)
    assert [sample["features"] for sample in samples] == features
    assert [sample["code"] for sample in samples] == [200] * len(features)


def test_extract_has_the_last_word(exporter, settled):
    """Code and latency returned by `extract` take precedence."""
    samples, _ = finished(lambda *_: {"features": {}, "code": 422, "latency_seconds": 9}, exporter, settled)
    assert (samples[0]["code"], samples[0]["latency_seconds"]) == (422, 9)


@pytest.mark.parametrize("extracted", [{"feature": {}}, 42, "text", [1], KeyError("reader")], ids=repr)
def test_extract_that_fails(exporter, settled, extracted):
    """If `extract` raises or returns no sample, code and latency are reported, and the error is kept."""

    def extract(request, response):
        if isinstance(extracted, Exception):
            raise extracted
        return extracted

    samples, last_error = finished(extract, exporter, settled, code=503)
    assert [(sample["features"], sample["code"]) for sample in samples] == [({}, 503)]
    assert last_error.startswith("cannot extract samples: ")


def test_matches_that_fails():
    """If `matches` raises, the request passes unreported."""
    monitor = Monitor("off")
    assert not Watching(monitor, lambda method, path: 1 / 0, from_json, 100).covers("POST", "/predict")
    assert "ZeroDivisionError" in monitor.statistics().last_error
