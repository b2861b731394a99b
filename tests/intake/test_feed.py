"""What the intake cannot take waits where it is."""

import threading

import pytest
from inference_exporter.errors import StoreFault
from inference_exporter.intake import feed as feed_module
from inference_exporter.intake.feed import Taken, feed_of


def intake(statuses, seen):
    def application(environ, start_response):
        seen.append((environ["PATH_INFO"], environ["wsgi.input"].read(), environ.get("HTTP_CE_ID")))
        start_response(statuses.pop(0), [])
        return [b'{"accepted":2,"rejected":1,"errors":[{"index":0,"reason":"why"}]}']

    return application


def test_what_became_of_a_body():
    """The answer's counts are returned; headers arrive as those of a request."""
    seen = []
    feed = feed_of(intake(["200 OK"], seen), threading.Event())
    assert feed(b"{}", "application/json", {"ce-id": "e"}) == Taken(2, 1, 0, "why")
    assert seen == [("/", b"{}", "e")]


def test_a_refused_body_is_sent_again(monkeypatch):
    """503 means later: the whole body is posted again."""
    monkeypatch.setattr(feed_module, "RETRY_SECONDS", 0.0)
    seen = []
    feed = feed_of(intake(["503 Service Unavailable", "503 Service Unavailable", "200 OK"], seen), threading.Event())
    assert feed(b"{}", "", {}).accepted == 2
    assert [body for _, body, _ in seen] == [b"{}"] * 3


def test_the_end_does_not_wait():
    """While the process stops, a body that is not taken stays where it came from."""
    stopping = threading.Event()
    stopping.set()
    feed = feed_of(intake(["503 Service Unavailable"], []), stopping)
    with pytest.raises(StoreFault):
        feed(b"{}", "", {})
